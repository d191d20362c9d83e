//! Ed25519 under the rule of libsodium 1.0.20 (`crypto_sign_verify_detached`), in batches.
//!
//! The rule: S below the group order; the key canonical, a point, not of small order; R a point, not of small order;
//! and 8·(R + k·A - S·B) = 0 with k = SHA-512(R || A || M). As the rule itself multiplies by the cofactor, one equation
//! over a batch, each member times a coefficient of 128 bits, says the same with an error below 2^-128. Coefficients
//! are hashes over the whole batch: whoever makes signatures cannot choose them, and all nodes get the same.

use std::collections::HashMap;

use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::{IsIdentity, VartimeMultiscalarMul};
use sha2::{Digest, Sha512};

use crate::Signed;

/// Batches of this size are split when they hold a bad signature; smaller ones are verified one by one.
const SINGLES: usize = 4;

/// What is left to decide after all checks of form.
struct Candidate {
    place: usize,
    key: [u8; 32],
    /// -A and R.
    minus_key: EdwardsPoint,
    commitment: EdwardsPoint,
    response: Scalar,
    /// k, the challenge.
    challenge: Scalar,
    /// Hash that stands for the whole check.
    transcript: [u8; 64],
}

/// Verify; byte i of `answers` becomes 1 where check i holds, for the given places.
pub fn verify_many(checks: &[Signed<'_>], answers: &mut [u8]) {
    let mut keys: HashMap<&[u8], Option<EdwardsPoint>> = HashMap::new();
    let mut candidates = Vec::with_capacity(checks.len());
    for check in checks {
        let point = *keys.entry(check.key).or_insert_with(|| read_key(check.key));
        if let Some(candidate) = point.and_then(|point| read(check, point)) {
            candidates.push(candidate);
        }
    }
    decide(&candidates, answers);
}

/// -A, None for a key that the rule refuses.
fn read_key(key: &[u8]) -> Option<EdwardsPoint> {
    let bytes: [u8; 32] = key.try_into().ok()?;
    if !is_canonical(&bytes) {
        return None;
    }
    let point = CompressedEdwardsY(bytes).decompress()?;
    (!point.is_small_order()).then_some(-point)
}

/// True when y is below 2^255 - 19.
fn is_canonical(bytes: &[u8; 32]) -> bool {
    let high = bytes[31] & 0x7f == 0x7f && bytes[1..31].iter().all(|&byte| byte == 0xff);
    !(high && bytes[0] >= 0xed)
}

fn read(check: &Signed<'_>, minus_key: EdwardsPoint) -> Option<Candidate> {
    let signature: &[u8; 64] = check.signature.try_into().ok()?;
    let (commitment_bytes, response) = signature.split_first_chunk::<32>()?;
    let response: [u8; 32] = response.try_into().ok()?;
    let response: Scalar = Option::from(Scalar::from_canonical_bytes(response))?;
    let commitment = CompressedEdwardsY(*commitment_bytes).decompress()?;
    if commitment.is_small_order() {
        return None;
    }
    let challenge =
        Sha512::new().chain_update(commitment_bytes).chain_update(check.key).chain_update(check.message).finalize();
    let transcript: [u8; 64] = challenge.into();
    Some(Candidate {
        place: check.place,
        key: check.key.try_into().ok()?,
        minus_key,
        commitment,
        challenge: Scalar::from_bytes_mod_order_wide(&transcript),
        transcript,
        response,
    })
}

fn decide(candidates: &[Candidate], answers: &mut [u8]) {
    if candidates.len() <= SINGLES {
        for candidate in candidates {
            answers[candidate.place] = holds(candidate).into();
        }
    } else if hold_together(candidates) {
        for candidate in candidates {
            answers[candidate.place] = 1;
        }
    } else {
        let (left, right) = candidates.split_at(candidates.len() / 2);
        decide(left, answers);
        decide(right, answers);
    }
}

fn holds(candidate: &Candidate) -> bool {
    let computed = EdwardsPoint::vartime_double_scalar_mul_basepoint(
        &candidate.challenge,
        &candidate.minus_key,
        &candidate.response,
    );
    (candidate.commitment - computed).is_small_order()
}

/// One equation for all: 8·(Σ z·R - Σ z·S·B - Σ z·k·(-A)) = 0, members of one key gathered.
fn hold_together(candidates: &[Candidate]) -> bool {
    let mut hash = Sha512::new();
    for candidate in candidates {
        // the challenge binds R, A and M; S is the one thing that it does not bind
        hash.update(candidate.transcript);
        hash.update(candidate.response.as_bytes());
    }
    let seed = hash.finalize();
    let mut of_base = Scalar::ZERO;
    let mut of_keys: HashMap<[u8; 32], (Scalar, EdwardsPoint)> = HashMap::new();
    let mut scalars = Vec::with_capacity(candidates.len() + 8);
    let mut points = Vec::with_capacity(candidates.len() + 8);
    for (number, pair) in candidates.chunks(4).enumerate() {
        let wide: [u8; 64] =
            Sha512::new().chain_update(seed).chain_update((number as u64).to_le_bytes()).finalize().into();
        for (candidate, sixteen) in pair.iter().zip(wide.as_chunks::<16>().0) {
            // never zero, so that no member falls out
            let coefficient = Scalar::from(u128::from_le_bytes(*sixteen) | 1);
            of_base += coefficient * candidate.response;
            let of_key = of_keys.entry(candidate.key).or_insert((Scalar::ZERO, candidate.minus_key));
            of_key.0 += coefficient * candidate.challenge;
            scalars.push(coefficient);
            points.push(candidate.commitment);
        }
    }
    for (scalar, point) in of_keys.into_values() {
        scalars.push(-scalar);
        points.push(point);
    }
    scalars.push(-of_base);
    points.push(curve25519_dalek::constants::ED25519_BASEPOINT_POINT);
    EdwardsPoint::vartime_multiscalar_mul(&scalars, &points).mul_by_cofactor().is_identity()
}
