//! Ed25519 by the rule of libsodium: no cofactor, also where points have parts of small order.

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT as BASE, EIGHT_TORSION};
use curve25519_dalek::scalar::Scalar;
use huitong_native::Signed;
use huitong_native::ed25519::verify_many;
use proptest::prelude::*;
use sha2::{Digest, Sha512};

/// A signature of which key and commitment carry parts of small order; and whether it holds without a cofactor.
fn sign(secret: u64, nonce: u64, of_key: usize, of_nonce: usize) -> ([u8; 32], [u8; 64], bool) {
    let (secret, nonce) = (Scalar::from(secret), Scalar::from(nonce));
    let key = BASE * secret + EIGHT_TORSION[of_key];
    let commitment = BASE * nonce + EIGHT_TORSION[of_nonce];
    let (key_bytes, bytes) = (key.compress().to_bytes(), commitment.compress().to_bytes());
    let hash = Sha512::new().chain_update(bytes).chain_update(key_bytes).chain_update(b"message").finalize();
    let challenge = Scalar::from_bytes_mod_order_wide(&hash.into());
    let response = nonce + challenge * secret;
    let holds = BASE * response == commitment + key * challenge;
    (key_bytes, [bytes, response.to_bytes()].concat().try_into().unwrap(), holds)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_batch_finds_exactly_the_bad_ones(
        members in prop::collection::vec(
            (2u64..6, 2u64..u64::MAX, prop_oneof![Just(0), 0usize..8], prop_oneof![Just(0), 0usize..8], any::<bool>()),
            1..60,
        )
    ) {
        let made: Vec<_> = members
            .iter()
            .map(|&(secret, nonce, of_key, of_nonce, good)| {
                let (key, mut signature, holds) = sign(secret, nonce, of_key, of_nonce);
                signature[40] ^= u8::from(!good);
                (key, signature, holds && good)
            })
            .collect();
        let checks: Vec<_> = made
            .iter()
            .enumerate()
            .map(|(place, (key, signature, _))| Signed { place, key, message: b"message", signature })
            .collect();
        let mut answers = vec![9u8; checks.len()];
        verify_many(&checks, &mut answers);
        let expected: Vec<u8> = made.iter().map(|(.., holds)| u8::from(*holds)).collect();
        prop_assert_eq!(&answers, &expected);
        for check in &checks {
            verify_many(std::slice::from_ref(check), &mut answers);
        }
        prop_assert_eq!(answers, expected);
    }
}
