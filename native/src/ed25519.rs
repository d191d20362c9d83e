//! Ed25519 under the rule of libsodium 1.0.18 (`crypto_sign_verify_detached`), in batches.
//!
//! The rule: S below the group order; the key canonical, a point, not of small order; R not of small order; and the
//! encoding of S·B - k·A equal to R byte by byte, with k = SHA-512(R || A || M). There is no cofactor in it, so the one
//! equation over a whole batch, much faster, would be another rule: parts of small order in two signatures could
//! cancel each other there. What a batch shares is the tables of keys that sign often, and the inversion at the end.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use curve25519_dalek::constants::ED25519_BASEPOINT_TABLE;
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsBasepointTable, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::BasepointTable;
use sha2::{Digest, Sha512};

use crate::Signed;
use crate::tables::Tables;

/// Keys that get a table: 1,000 at most, 31 KB each. Making one costs as much as verifying 30 signatures.
static TABLES: LazyLock<Tables<[u8; 32], EdwardsBasepointTable>> =
    LazyLock::new(|| Tables::new(32 << 20, size_of::<EdwardsBasepointTable>(), 100));

/// A key within a batch.
enum Key {
    /// -A.
    Point(Box<EdwardsPoint>),
    /// Multiples of -A.
    Table(Arc<EdwardsBasepointTable>),
}

impl Key {
    /// None for a key that the rule refuses.
    fn new(key: &[u8], uses: u32) -> Option<Self> {
        let bytes: [u8; 32] = key.try_into().ok()?;
        let point = read_key(&bytes)?;
        Some(match TABLES.known(&bytes, uses, || EdwardsBasepointTable::create(&point)) {
            Some(table) => Self::Table(table),
            None => Self::Point(Box::new(point)),
        })
    }

    /// S·B - k·A.
    fn commitment(&self, response: &Scalar, challenge: &Scalar) -> EdwardsPoint {
        match self {
            Self::Point(minus_key) => EdwardsPoint::vartime_double_scalar_mul_basepoint(challenge, minus_key, response),
            Self::Table(table) => table.mul_base(challenge) + ED25519_BASEPOINT_TABLE.mul_base(response),
        }
    }
}

/// Verify; byte i of `answers` becomes 1 where check i holds, 0 where not, for the given places.
pub fn verify_many(checks: &[Signed<'_>], answers: &mut [u8]) {
    let mut uses: HashMap<&[u8], u32> = HashMap::new();
    for check in checks {
        *uses.entry(check.key).or_insert(0) += 1;
    }
    let keys: HashMap<&[u8], Option<Key>> = uses.into_iter().map(|(key, uses)| (key, Key::new(key, uses))).collect();
    let mut candidates = Vec::with_capacity(checks.len());
    let mut points = Vec::with_capacity(checks.len());
    for check in checks {
        answers[check.place] = 0;
        if let Some((commitment, point)) = keys.get(check.key).and_then(|key| compute(check, key.as_ref()?)) {
            candidates.push((check.place, commitment));
            points.push(point);
        }
    }
    for ((place, commitment), computed) in candidates.iter().zip(EdwardsPoint::compress_batch_alloc(&points)) {
        answers[*place] = (computed.as_bytes() == *commitment).into();
    }
}

/// -A, None for a key that the rule refuses.
fn read_key(bytes: &[u8; 32]) -> Option<EdwardsPoint> {
    if !is_canonical(bytes) {
        return None;
    }
    let point = CompressedEdwardsY(*bytes).decompress()?;
    (!point.is_small_order()).then_some(-point)
}

/// True when y is below 2^255 - 19.
fn is_canonical(bytes: &[u8; 32]) -> bool {
    let high = bytes[31] & 0x7f == 0x7f && bytes[1..31].iter().all(|&byte| byte == 0xff);
    !(high && bytes[0] >= 0xed)
}

/// R as it came, and as it should be; None when it is refused before that.
fn compute<'a>(check: &Signed<'a>, key: &Key) -> Option<(&'a [u8; 32], EdwardsPoint)> {
    let signature: &[u8; 64] = check.signature.try_into().ok()?;
    let (commitment, response) = signature.split_first_chunk::<32>()?;
    let response: [u8; 32] = response.try_into().ok()?;
    let response: Scalar = Option::from(Scalar::from_canonical_bytes(response))?;
    let hash = Sha512::new().chain_update(commitment).chain_update(check.key).chain_update(check.message).finalize();
    let challenge = Scalar::from_bytes_mod_order_wide(&hash.into());
    let computed = key.commitment(&response, &challenge);
    // an R of small order that fits is this point
    (!computed.is_small_order()).then_some((commitment, computed))
}
