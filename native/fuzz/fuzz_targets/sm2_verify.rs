#![no_main]
//! Any key, digest and signature: both paths of this crate say what RustCrypto says.

use huitong_native::sm2::point::Affine;
use huitong_native::sm2::verify::{AnyKey, KnownKey};
use libfuzzer_sys::fuzz_target;
use sm2::dsa::signature::hazmat::PrehashVerifier;
use sm2::dsa::{Signature, VerifyingKey};

fuzz_target!(|input: ([u8; 64], [u8; 32], [u8; 64])| {
    let (coordinates, digest, signature) = input;
    let key = [&[4][..], &coordinates].concat();
    let theirs = VerifyingKey::from_sec1_bytes("", &key).ok();
    let ours = Affine::from_key(&key);
    assert_eq!(theirs.is_some(), ours.is_some());
    if let (Some(theirs), Some(point)) = (theirs, ours) {
        let expected = Signature::from_slice(&signature).is_ok_and(|it| theirs.verify_prehash(&digest, &it).is_ok());
        assert_eq!(AnyKey::many(&[point])[0].verify(&digest, &signature), expected);
        assert_eq!(KnownKey::new(&point).verify(&digest, &signature), expected);
    }
});
