//! SM2 (GM/T 0003): fast verification of public data, and constant-time signing by RustCrypto.

pub mod batch;
pub mod field;
pub mod point;
pub mod sign;
pub mod verify;

use crate::sm3::{sm3, sm3_parts};

/// A public key as it travels: 0x04 || x || y.
pub type Key = [u8; 65];

/// a, b, and the generator's x and y, as the hash over a user takes them in.
const CURVE: [u8; 128] = *b"\
\xFF\xFF\xFF\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x00\x00\x00\x00\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFC\
\x28\xE9\xFA\x9E\x9D\x9F\x5E\x34\x4D\x5A\x9E\x4B\xCF\x65\x09\xA7\xF3\x97\x89\xF5\x15\xAB\x8F\x92\xDD\xBC\xBD\x41\x4D\x94\x0E\x93\
\x32\xC4\xAE\x2C\x1F\x19\x81\x19\x5F\x99\x04\x46\x6A\x39\xC9\x94\x8F\xE3\x0B\xBF\xF2\x66\x0B\xE1\x71\x5A\x45\x89\x33\x4C\x74\xC7\
\xBC\x37\x36\xA2\xF4\xF6\x77\x9C\x59\xBD\xCE\xE3\x6B\x69\x21\x53\xD0\xA9\x87\x7C\xC6\x2A\x47\x40\x02\xDF\x32\xE5\x21\x39\xF0\xA0";

/// What Z is the hash of: user id, curve and key; None when the id is too long for its 16 bits of length.
pub fn user_preimage(user_id: &[u8], key: &Key) -> Option<Vec<u8>> {
    let bits = u16::try_from(user_id.len().checked_mul(8)?).ok()?;
    Some([&bits.to_be_bytes()[..], user_id, &CURVE, &key[1..]].concat())
}

/// Z of GM/T 0003.2; None when the id is too long.
pub fn user_hash(user_id: &[u8], key: &Key) -> Option<[u8; 32]> {
    user_preimage(user_id, key).map(|preimage| sm3(&preimage))
}

/// What is signed: SM3(Z || message).
pub fn digest(user: &[u8; 32], message: &[u8]) -> [u8; 32] {
    sm3_parts(&[user, message])
}
