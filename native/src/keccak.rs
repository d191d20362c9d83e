//! Keccak-256 as Ethereum uses it (not SHA3-256).

use tiny_keccak::{Hasher, Keccak};

/// The hash of a message.
pub fn keccak256(data: &[u8]) -> [u8; 32] {
    let mut hash = Keccak::v256();
    hash.update(data);
    let mut digest = [0u8; 32];
    hash.finalize(&mut digest);
    digest
}
