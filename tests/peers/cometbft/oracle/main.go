// Judges our bytes with CometBFT's own code. One question per line of JSON on standard input, one answer per line.
package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/crypto/merkle"
	"github.com/cometbft/cometbft/light"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/cometbft/cometbft/types"
)

type question struct {
	Op        string   `json:"op"`
	ChainID   string   `json:"chain_id"`
	Bytes     string   `json:"bytes"`
	Set       string   `json:"set"`
	Before    string   `json:"before"`
	Results   []result `json:"results"`
	Key       string   `json:"key"`
	Message   string   `json:"message"`
	Signature string   `json:"signature"`
}

type result struct {
	Code      uint32 `json:"code"`
	Data      string `json:"data"`
	GasWanted int64  `json:"gas_wanted"`
	GasUsed   int64  `json:"gas_used"`
}

func unhex(text string) []byte {
	raw, err := hex.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return raw
}

// block: id with part set, hash of the commit in it; the bytes must be what CometBFT itself would write.
func block(q question) (string, error) {
	var wire cmtproto.Block
	if err := wire.Unmarshal(unhex(q.Bytes)); err != nil {
		return "", err
	}
	decoded, err := types.BlockFromProto(&wire)
	if err != nil {
		return "", err
	}
	again, err := decoded.ToProto()
	if err != nil {
		return "", err
	}
	raw, err := again.Marshal()
	if err != nil {
		return "", err
	}
	parts, err := decoded.MakePartSet(types.BlockPartSizeBytes)
	if err != nil {
		return "", err
	}
	header := parts.Header()
	return fmt.Sprintf("%x %d %x %x %x %t", decoded.Header.Hash(), header.Total, header.Hash,
		decoded.Data.Txs.Hash(), decoded.LastCommit.Hash(), hex.EncodeToString(raw) == q.Bytes), nil
}

func set(text string) (*types.ValidatorSet, error) {
	var wire cmtproto.ValidatorSet
	if err := wire.Unmarshal(unhex(text)); err != nil {
		return nil, err
	}
	return types.ValidatorSetFromProto(&wire)
}

func signedHeader(text string) (*types.SignedHeader, error) {
	var wire cmtproto.SignedHeader
	if err := wire.Unmarshal(unhex(text)); err != nil {
		return nil, err
	}
	return types.SignedHeaderFromProto(&wire)
}

// commit: the sign bytes of the first vote, and whether VerifyCommit accepts all of them.
func commit(q question) (string, error) {
	validators, err := set(q.Set)
	if err != nil {
		return "", err
	}
	signed, err := signedHeader(q.Bytes)
	if err != nil {
		return "", err
	}
	if err := signed.ValidateBasic(q.ChainID); err != nil {
		return "", err
	}
	if err := validators.VerifyCommit(q.ChainID, signed.Commit.BlockID, signed.Height, signed.Commit); err != nil {
		return "", err
	}
	return fmt.Sprintf("%x %x", validators.Hash(), signed.Commit.VoteSignBytes(q.ChainID, 0)), nil
}

// next: the light client's step from the header before.
func next(q question) (string, error) {
	validators, err := set(q.Set)
	if err != nil {
		return "", err
	}
	trusted, err := signedHeader(q.Before)
	if err != nil {
		return "", err
	}
	signed, err := signedHeader(q.Bytes)
	if err != nil {
		return "", err
	}
	now := signed.Time.Add(time.Second)
	return "good", light.Verify(trusted, validators, signed, validators, time.Hour, now, time.Second, light.DefaultTrustLevel)
}

func results(q question) (string, error) {
	all := make([]*abci.ExecTxResult, 0, len(q.Results))
	for _, one := range q.Results {
		all = append(all, &abci.ExecTxResult{Code: one.Code, Data: unhex(one.Data), GasWanted: one.GasWanted,
			GasUsed: one.GasUsed, Log: "outside of the hash", Codespace: "outside"})
	}
	if len(all) == 0 {
		return hex.EncodeToString(merkle.HashFromByteSlices(nil)), nil
	}
	return hex.EncodeToString(types.NewResults(all).Hash()), nil
}

func signature(q question) (string, error) {
	return fmt.Sprint(ed25519.PubKey(unhex(q.Key)).VerifySignature(unhex(q.Message), unhex(q.Signature))), nil
}

func main() {
	operations := map[string]func(question) (string, error){
		"block": block, "commit": commit, "next": next, "results": results, "signature": signature,
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var q question
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			panic(err)
		}
		answer, err := operations[q.Op](q)
		if err != nil {
			answer = "refused: " + err.Error()
		}
		fmt.Printf("%q\n", answer)
	}
}
