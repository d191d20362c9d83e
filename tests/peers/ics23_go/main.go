// Reads lines of JSON {spec, root, key, value, proof} (hex; value null asks for absence) and prints one JSON list of
// verdicts by cosmos/ics23. A proof that cannot be decoded, or makes the verifier panic, counts as refused.
package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"log"
	"os"

	ics23 "github.com/cosmos/ics23/go"
)

type question struct {
	Spec, Root, Key, Proof string
	Value                  *string
}

func octets(text string) []byte {
	raw, err := hex.DecodeString(text)
	if err != nil {
		log.Fatal(err)
	}
	return raw
}

func accepts(q question) (good bool) {
	defer func() {
		if recover() != nil {
			good = false
		}
	}()
	spec := ics23.SmtSpec
	if q.Spec == "tendermint" {
		spec = ics23.TendermintSpec
	}
	var proof ics23.CommitmentProof
	if proof.Unmarshal(octets(q.Proof)) != nil {
		return false
	}
	if q.Value == nil {
		return ics23.VerifyNonMembership(spec, octets(q.Root), &proof, octets(q.Key))
	}
	return ics23.VerifyMembership(spec, octets(q.Root), &proof, octets(q.Key), octets(*q.Value))
}

func main() {
	verdicts := []bool{}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var q question
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			log.Fatal(err)
		}
		verdicts = append(verdicts, accepts(q))
	}
	if err := lines.Err(); err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(verdicts); err != nil {
		log.Fatal(err)
	}
}
