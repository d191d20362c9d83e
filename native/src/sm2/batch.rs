//! Batches of SM2 verifications: keys read once, tables for those that sign often.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use super::point::Affine;
use super::verify::{AnyKey, KnownKey};
use super::{Key, digest, user_hash};
use crate::Signed;
use crate::tables::Tables;

/// 1,200 keys at most; a table pays after five signatures.
pub static TABLES: LazyLock<Tables<Key, KnownKey>> = LazyLock::new(|| Tables::new(64 << 20, KnownKey::BYTES, 8));

/// A key within a batch: read and hashed once.
struct Signer {
    user: [u8; 32],
    key: Prepared,
}

enum Prepared {
    Known(Arc<KnownKey>),
    Any(Box<AnyKey>),
}

/// Verify messages; byte i of `answers` becomes 1 where check i holds, for the given places.
pub fn verify_many(checks: &[Signed<'_>], user_id: &[u8], answers: &mut [u8]) {
    let mut uses: HashMap<&[u8], u32> = HashMap::new();
    for check in checks {
        *uses.entry(check.key).or_insert(0) += 1;
    }
    let signers = prepare(uses, user_id);
    for check in checks {
        if let Some(signer) = signers.get(check.key) {
            answers[check.place] = holds(signer, &digest(&signer.user, check.message), check.signature).into();
        }
    }
}

/// Verify digests that the caller has made.
pub fn verify_digests(checks: &[Signed<'_>], answers: &mut [u8]) {
    let signers = prepare(checks.iter().map(|check| (check.key, 1)).collect(), b"");
    for check in checks {
        if let (Some(signer), Ok(digest)) = (signers.get(check.key), check.message.try_into()) {
            answers[check.place] = holds(signer, digest, check.signature).into();
        }
    }
}

/// Read the keys of a batch, with the number of their uses; those that are none are left out.
fn prepare<'a>(uses: HashMap<&'a [u8], u32>, user_id: &[u8]) -> HashMap<&'a [u8], Signer> {
    let mut signers = HashMap::with_capacity(uses.len());
    let (mut strange, mut points) = (Vec::new(), Vec::new());
    for (key, uses) in uses {
        let Ok(bytes) = <&Key>::try_from(key) else { continue };
        let (Some(point), Some(user)) = (Affine::from_key(bytes), user_hash(user_id, bytes)) else { continue };
        match TABLES.known(bytes, uses, || KnownKey::new(&point)) {
            Some(known) => {
                signers.insert(key, Signer { user, key: Prepared::Known(known) });
            }
            None => {
                strange.push((key, user));
                points.push(point);
            }
        }
    }
    for ((key, user), any) in strange.into_iter().zip(AnyKey::many(&points)) {
        signers.insert(key, Signer { user, key: Prepared::Any(Box::new(any)) });
    }
    signers
}

fn holds(signer: &Signer, digest: &[u8; 32], signature: &[u8]) -> bool {
    let Ok(signature) = signature.try_into() else { return false };
    match &signer.key {
        Prepared::Known(known) => known.verify(digest, signature),
        Prepared::Any(any) => any.verify(digest, signature),
    }
}
