//! What is fuzzed: functions that take any bytes and panic when a claim of this crate does not hold for them.
//!
//! `fuzz/` runs them under libFuzzer with a nightly toolchain, `tests/fuzz.rs` on mutated seeds with the stable one.

use huitong_native::hash::Algorithm;
use huitong_native::sm2::point::Affine;
use huitong_native::sm2::verify::{AnyKey, KnownKey};
use huitong_native::sm3::{Lanes, sm3_many, sm3_parts};
use huitong_native::tree::{Change, Tree, is_record};
use huitong_native::{secp256k1, wire};
use sm2::dsa::signature::hazmat::PrehashVerifier;
use sm2::dsa::{Signature, VerifyingKey};
use sm3::{Digest, Sm3};

/// Coordinates, digest, signature: both paths of this crate say what RustCrypto says.
pub fn sm2_verify(input: &[u8]) {
    let Some((coordinates, rest)) = input.split_first_chunk::<64>() else { return };
    let Some((digest, rest)) = rest.split_first_chunk::<32>() else { return };
    let Some(signature) = rest.first_chunk::<64>() else { return };
    let key = [&[4][..], coordinates].concat();
    let theirs = VerifyingKey::from_sec1_bytes("", &key).ok();
    let ours = Affine::from_key(&key);
    assert_eq!(theirs.is_some(), ours.is_some());
    if let (Some(theirs), Some(point)) = (theirs, ours) {
        let expected = Signature::from_slice(signature).is_ok_and(|it| theirs.verify_prehash(digest, &it).is_ok());
        assert_eq!(AnyKey::many(&[point])[0].verify(digest, signature), expected);
        assert_eq!(KnownKey::new(&point).verify(digest, signature), expected);
    }
}

/// Parts, each after a byte with its size: SM3 of all as one message, and of each side by side, is RustCrypto's.
pub fn sm3_messages(mut input: &[u8]) {
    let mut parts: Vec<&[u8]> = Vec::new();
    while let Some((&size, rest)) = input.split_first() {
        let (part, rest) = rest.split_at(rest.len().min(usize::from(size)));
        parts.push(part);
        input = rest;
    }
    assert_eq!(sm3_parts(&parts)[..], Sm3::digest(parts.concat())[..]);
    let each: Vec<[u8; 32]> = parts.iter().map(|part| Sm3::digest(part).into()).collect();
    assert_eq!(sm3_many(Lanes::detected(), &parts), each);
}

/// Bits, a key hash, a leaf, a record: what is taken for whole can be merged into and gives a root.
pub fn tree_records(input: &[u8]) {
    let Some((&bits, rest)) = input.split_first() else { return };
    let Some((keyhash, rest)) = rest.split_first_chunk::<32>() else { return };
    let Some((leaf, record)) = rest.split_first_chunk::<32>() else { return };
    let leaf = (leaf[0] % 4 > 0).then_some(*leaf);
    let mut tree = Tree::new(Algorithm::Sm3, u32::from(bits % 12));
    let bucket = tree.bucket(keyhash);
    if !tree.holds(bucket, record) || !is_record(record) {
        return;
    }
    let (merged, _) = tree.merge(record, &[&Change { keyhash: *keyhash, leaf }]);
    assert!(is_record(&merged) && tree.holds(bucket, &merged));
    tree.load_buckets(&[(bucket, &merged)]);
    tree.finish_load();
    assert_eq!(tree.node(1).is_some(), !merged.is_empty());
}

/// A digest and a signature: a key that is recovered has made exactly this one.
pub fn secp256k1_recovery(input: &[u8]) {
    let Some((digest, signature)) = input.split_first_chunk::<32>() else { return };
    let Some(key) = secp256k1::recover(digest, signature) else { return };
    let key = ::secp256k1::PublicKey::from_slice(&key).unwrap();
    let numbers = ::secp256k1::ecdsa::Signature::from_compact(&signature[..64]).unwrap();
    let message = ::secp256k1::Message::from_digest(*digest);
    assert!(::secp256k1::ecdsa::verify(&numbers, message, &key).is_ok());
}

/// Encoded values: the scan ends, and passes nothing that goes on behind its end.
pub fn scan(input: &[u8]) {
    if wire::scan(input, 8, 10_000) {
        assert!(!wire::scan(&[input, &[0xc0]].concat(), 8, 10_000));
        assert!(!wire::scan(&input[..input.len() - 1], 8, 10_000));
    }
}
