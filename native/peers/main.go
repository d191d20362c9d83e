// Microseconds per signature and hash of Go's libraries, one goroutine: printed as "name value" lines.
package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"runtime"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
)

func measure(name string, rounds int, call func() bool) {
	best := time.Duration(1 << 62)
	for range 5 {
		started := time.Now()
		for range rounds {
			if !call() {
				panic(name)
			}
		}
		best = min(best, time.Since(started))
	}
	fmt.Printf("%s %.3f\n", name, float64(best.Nanoseconds())/1000/float64(rounds))
}

func main() {
	runtime.GOMAXPROCS(1)
	message, small := make([]byte, 250), make([]byte, 64)
	public, private, _ := ed25519.GenerateKey(rand.Reader)
	signature := ed25519.Sign(private, message)
	measure("ed25519_verify", 2000, func() bool { return ed25519.Verify(public, message, signature) })
	key, _ := sm2.GenerateKey(rand.Reader)
	signed, _ := key.SignWithSM2(rand.Reader, nil, message)
	measure("sm2_verify", 2000, func() bool { return sm2.VerifyASN1WithSM2(&key.PublicKey, nil, message, signed) })
	measure("sm3_64", 20000, func() bool { sm3.Sum(small); return true })
	measure("sha256_64", 20000, func() bool { sha256.Sum256(small); return true })
}
