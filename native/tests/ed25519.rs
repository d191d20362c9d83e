//! Ed25519 by the rule of libsodium: batches say what single checks say, also where points have small-order parts.

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT as BASE, EIGHT_TORSION};
use curve25519_dalek::scalar::Scalar;
use huitong_native::Signed;
use huitong_native::ed25519::verify_many;
use proptest::prelude::*;
use sha2::{Digest, Sha512};

/// A signature of which key and commitment carry small-order parts.
fn sign(secret: u64, nonce: u64, message: &[u8], of_key: usize, of_nonce: usize) -> ([u8; 32], [u8; 64]) {
    let (secret, nonce) = (Scalar::from(secret), Scalar::from(nonce));
    let key = (BASE * secret + EIGHT_TORSION[of_key]).compress().to_bytes();
    let commitment = (BASE * nonce + EIGHT_TORSION[of_nonce]).compress().to_bytes();
    let hash = Sha512::new().chain_update(commitment).chain_update(key).chain_update(message).finalize();
    let challenge = Scalar::from_bytes_mod_order_wide(&hash.into());
    let response = nonce + challenge * secret;
    (key, [commitment, response.to_bytes()].concat().try_into().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_batch_finds_exactly_the_bad_ones(
        members in prop::collection::vec((2u64..6, 2u64..u64::MAX, 0usize..8, 0usize..8, any::<bool>()), 1..40)
    ) {
        let made: Vec<_> = members
            .iter()
            .map(|&(secret, nonce, of_key, of_nonce, good)| {
                let (key, mut signature) = sign(secret, nonce, b"message", of_key, of_nonce);
                signature[40] ^= u8::from(!good);
                (key, signature)
            })
            .collect();
        let checks: Vec<_> = made
            .iter()
            .enumerate()
            .map(|(place, (key, signature))| Signed { place, key, message: b"message", signature })
            .collect();
        let mut answers = vec![9u8; checks.len()];
        verify_many(&checks, &mut answers);
        let expected: Vec<u8> = members.iter().map(|&(.., good)| good.into()).collect();
        prop_assert_eq!(&answers, &expected);
        for check in &checks {
            verify_many(std::slice::from_ref(check), &mut answers);
        }
        prop_assert_eq!(answers, expected);
    }
}
