//! ECDSA over secp256k1 by libsecp256k1, as members and Ethereum transactions sign: s in the lower half of the order.

use std::collections::HashMap;

use secp256k1::ecdsa::{self, RecoverableSignature, RecoveryId, Signature};
use secp256k1::{Message, PublicKey};
use sha2::{Digest, Sha256};

use crate::Signed;

/// A compressed point.
const KEY_BYTES: usize = 33;

/// Verify signatures (r || s) on the SHA-256 of messages, as `ed25519::verify_many` does; a key is read once.
pub fn verify_many(checks: &[Signed<'_>], answers: &mut [u8]) {
    let mut keys: HashMap<&[u8], Option<PublicKey>> = HashMap::new();
    for check in checks {
        let key = keys.entry(check.key).or_insert_with(|| read_key(check.key));
        answers[check.place] = key.as_ref().is_some_and(|key| holds(check, key)).into();
    }
}

fn read_key(key: &[u8]) -> Option<PublicKey> {
    if key.len() != KEY_BYTES {
        return None;
    }
    PublicKey::from_slice(key).ok()
}

fn holds(check: &Signed<'_>, key: &PublicKey) -> bool {
    // libsecp256k1 refuses r and s that are zero or not below the order, and an s in the upper half
    let Ok(signature) = Signature::from_compact(check.signature) else { return false };
    let message = Message::from_digest(Sha256::digest(check.message).into());
    ecdsa::verify(&signature, message, key).is_ok()
}

/// The key (0x04 || x || y) that made a signature r || s || v on a digest.
///
/// v: 0 or 1 is the parity of the point's y, plus 2 where its x is not below the order. None when no key made it, or s is
/// in the upper half: then another signature of the same key could stand in its place.
pub fn recover(digest: &[u8], signature: &[u8]) -> Option<[u8; 65]> {
    let digest: [u8; 32] = digest.try_into().ok()?;
    let signature: &[u8; 65] = signature.try_into().ok()?;
    let (&v, numbers) = signature.split_last()?;
    let v = RecoveryId::try_from(i32::from(v)).ok()?;
    let signature = RecoverableSignature::from_compact(numbers, v).ok()?;
    let mut low = signature.to_standard();
    low.normalize_s();
    if low.serialize_compact() != *numbers {
        return None;
    }
    let key = signature.recover(Message::from_digest(digest)).ok()?;
    Some(key.serialize_uncompressed())
}
