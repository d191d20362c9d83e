// What emmansun/gmsm makes of the inputs of published SM2, SM3 and SM4 vectors: "name value" lines from "name value" lines.
package main

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"encoding/hex"
	"fmt"
	"math/big"
	"os"
	"strings"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

var user = []byte("1234567812345678")

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func show(name string, value []byte) {
	fmt.Printf("%s %x\n", name, value)
}

func key(secret []byte) *sm2.PrivateKey {
	priv := new(sm2.PrivateKey)
	priv.Curve = sm2.P256()
	priv.D = new(big.Int).SetBytes(secret)
	priv.X, priv.Y = priv.Curve.ScalarBaseMult(secret)
	return priv
}

// Randomness of which the number that is drawn is a given one.
func drawing(number []byte) *bytes.Reader {
	return bytes.NewReader(number)
}

func der(numbers []byte) []byte {
	var builder cryptobyte.Builder
	builder.AddASN1(asn1.SEQUENCE, func(inner *cryptobyte.Builder) {
		inner.AddASN1BigInt(new(big.Int).SetBytes(numbers[:32]))
		inner.AddASN1BigInt(new(big.Int).SetBytes(numbers[32:]))
	})
	return builder.BytesOrPanic()
}

func exchange(in map[string][]byte) {
	a, b := key(in["a_long"]), key(in["b_long"])
	initiator, err := sm2.NewKeyExchange(a, &b.PublicKey, user, user, 16, true)
	check(err)
	responder, err := sm2.NewKeyExchange(b, &a.PublicKey, user, user, 16, true)
	check(err)
	var first, second *ecdsa.PublicKey
	first, err = initiator.InitKeyExchange(drawing(in["a_once"]))
	check(err)
	second, fromResponder, err := responder.RepondKeyExchange(drawing(in["b_once"]), first)
	check(err)
	shared, fromInitiator, err := initiator.ConfirmResponder(second, fromResponder)
	check(err)
	again, err := responder.ConfirmInitiator(fromInitiator)
	check(err)
	if !bytes.Equal(shared, again) {
		panic("both sides disagree")
	}
	show("exchanged", shared)
	show("from_responder", fromResponder)
	show("from_initiator", fromInitiator)
}

func main() {
	in := map[string][]byte{}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		decoded, err := hex.DecodeString(value)
		check(err)
		in[name] = decoded
	}
	signer := key(in["secret"])
	show("public", append(signer.X.FillBytes(make([]byte, 32)), signer.Y.FillBytes(make([]byte, 32))...))
	identity, err := sm2.CalculateZA(&signer.PublicKey, user)
	check(err)
	show("identity", identity)
	if sm2.VerifyASN1WithSM2(&signer.PublicKey, user, in["message"], der(in["signature"])) {
		show("verified", in["signature"])
	}
	plain, err := sm2.Decrypt(signer, in["ciphertext"])
	check(err)
	show("plain", plain)
	exchange(in)
	short, long := sm3.Sum([]byte("abc")), sm3.Sum(bytes.Repeat([]byte("abcd"), 16))
	show("sm3_short", short[:])
	show("sm3_long", long[:])
	cipher, err := sm4.NewCipher(in["sm4_key"])
	check(err)
	block := bytes.Clone(in["sm4_key"])
	cipher.Encrypt(block, block)
	show("sm4_once", block)
	for range 999_999 {
		cipher.Encrypt(block, block)
	}
	show("sm4_million", block)
}
