//! Batches of SM2 verifications: keys read once, tables for those that sign often.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use super::point::Affine;
use super::verify::{AnyKey, KnownKey};
use super::{Key, user_preimage};
use crate::Signed;
use crate::sm3::{Lanes, sm3_many};
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
    let known: Vec<(&Signed<'_>, &Signer)> =
        checks.iter().filter_map(|check| Some((check, signers.get(check.key)?))).collect();
    let messages: Vec<Vec<u8>> =
        known.iter().map(|(check, signer)| [&signer.user[..], check.message].concat()).collect();
    for ((check, signer), digest) in known.into_iter().zip(hash_all(&messages)) {
        answers[check.place] = holds(signer, &digest, check.signature).into();
    }
}

fn hash_all(messages: &[Vec<u8>]) -> Vec<[u8; 32]> {
    sm3_many(Lanes::detected(), &messages.iter().map(|message| &message[..]).collect::<Vec<_>>())
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
    let valid: Vec<(&[u8], &Key, Affine, u32)> = uses
        .into_iter()
        .filter_map(|(key, uses)| {
            let bytes: &Key = key.try_into().ok()?;
            Some((key, bytes, Affine::from_key(bytes)?, uses))
        })
        .collect();
    let Some(preimages) = valid.iter().map(|(_, key, ..)| user_preimage(user_id, key)).collect::<Option<Vec<_>>>()
    else {
        return HashMap::new();
    };
    let users = hash_all(&preimages);
    let mut signers = HashMap::with_capacity(valid.len());
    let (mut strange, mut points) = (Vec::new(), Vec::new());
    for ((key, bytes, point, uses), user) in valid.into_iter().zip(users) {
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
