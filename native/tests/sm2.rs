//! SM2 against the vector of GM/T 0003.5 and against RustCrypto's `sm2`, on good, mutated and extreme signatures.

use huitong_native::Signed;
use huitong_native::sm2::batch::{verify_digests, verify_many};
use huitong_native::sm2::point::Affine;
use huitong_native::sm2::sign::Signer;
use huitong_native::sm2::verify::{AnyKey, KnownKey};
use huitong_native::sm2::{digest, user_hash};
use proptest::prelude::*;
use sm2::dsa::signature::hazmat::PrehashVerifier;
use sm2::dsa::{Signature, VerifyingKey};

const USER: &[u8] = b"1234567812345678";
const ORDER: &str = "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123";
const PRIME: &str = "fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff";

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect()
}

/// What RustCrypto says.
fn oracle(key: &[u8], digest: &[u8; 32], signature: &[u8; 64]) -> bool {
    let Ok(key) = VerifyingKey::from_sec1_bytes("", key) else { return false };
    let Ok(signature) = Signature::from_slice(signature) else { return false };
    key.verify_prehash(digest, &signature).is_ok()
}

/// What both paths of this crate say; they must agree.
fn ours(key: &[u8], digest: &[u8; 32], signature: &[u8; 64]) -> bool {
    let Some(point) = Affine::from_key(key) else { return false };
    let any = AnyKey::many(&[point])[0].verify(digest, signature);
    assert_eq!(any, KnownKey::new(&point).verify(digest, signature));
    let mut answers = [9u8];
    verify_digests(&[Signed { place: 0, key, message: digest, signature }], &mut answers);
    assert_eq!(answers, [u8::from(any)]);
    any
}

#[test]
fn the_vector_of_the_standard_holds() {
    // GM/T 0003.5-2012, appendix A
    let signer = Signer::new(&unhex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")).unwrap();
    let key = unhex(concat!(
        "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020",
        "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
    ));
    assert_eq!(signer.public()[..], key);
    let user = user_hash(USER, signer.public()).unwrap();
    assert_eq!(user[..], unhex("b2e14c5c79c6df5b85f4fe7ed8db7a262b9da7e07ccb0ea9f4747b8ccda8a4f3"));
    let digest = digest(&user, b"message digest");
    assert_eq!(digest[..], unhex("f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640"));
    let signature: [u8; 64] = unhex(concat!(
        "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3",
        "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
    ))
    .try_into()
    .unwrap();
    assert!(ours(&key, &digest, &signature));
    let mut answers = [9u8; 2];
    let good = Signed { place: 1, key: &key, message: b"message digest", signature: &signature };
    verify_many(&[good], USER, &mut answers);
    assert_eq!(answers, [9, 1]);
    verify_many(&[good], b"somebody else", &mut answers);
    assert_eq!(answers, [9, 0]);
}

#[test]
fn secrets_out_of_range_are_refused() {
    let mut order = unhex(ORDER);
    assert!(Signer::new(&[0; 32]).is_none());
    assert!(Signer::new(&order).is_none());
    order[31] -= 1;
    assert!(Signer::new(&order).is_none(), "1 + d has no inverse");
    order[31] -= 1;
    assert!(Signer::new(&order).is_some());
    assert!(Signer::new(&[1; 31]).is_none());
}

#[test]
fn extremes_of_r_and_s_and_of_keys() {
    let signer = Signer::new(&[7; 32]).unwrap();
    let key = signer.public();
    let step = |text: &str, by: i32| -> [u8; 32] {
        let mut bytes: [u8; 32] = unhex(text).try_into().unwrap();
        bytes[31] = (i32::from(bytes[31]) + by).try_into().unwrap();
        bytes
    };
    let mut one = [0u8; 32];
    one[31] = 1;
    let numbers = [[0; 32], one, step(ORDER, -1), step(ORDER, 0), step(ORDER, 1), step(PRIME, 0), [0xff; 32]];
    for digest in numbers {
        for r in numbers {
            for s in numbers {
                let signature: [u8; 64] = [r, s].concat().try_into().unwrap();
                assert_eq!(ours(key, &digest, &signature), oracle(key, &digest, &signature));
            }
        }
    }
    // coordinates that are not below p, or not on the curve
    for (x, y) in [(0, 32), (32, 0), (0, 0)] {
        let mut damaged = *key;
        damaged[1 + x..33 + x].copy_from_slice(&unhex(PRIME));
        damaged[1 + y] ^= 1;
        assert!(Affine::from_key(&damaged).is_none());
    }
    let mut prefix = *key;
    prefix[0] = 3;
    assert!(Affine::from_key(&prefix).is_none());
    assert!(Affine::from_key(&key[..64]).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn signatures_hold_and_mutated_ones_are_judged_alike(
        secret in any::<[u8; 32]>(), digest in any::<[u8; 32]>(), place in 0usize..64, bit in 0u8..8
    ) {
        let Some(signer) = Signer::new(&secret) else { return Ok(()) };
        let signature = signer.sign(&digest).unwrap();
        prop_assert!(ours(signer.public(), &digest, &signature));
        prop_assert!(oracle(signer.public(), &digest, &signature));
        let mut mutated = signature;
        mutated[place] ^= 1 << bit;
        prop_assert_eq!(ours(signer.public(), &digest, &mutated), oracle(signer.public(), &digest, &mutated));
        let mut key = *signer.public();
        key[1 + place] ^= 1 << bit;
        prop_assert_eq!(ours(&key, &digest, &signature), oracle(&key, &digest, &signature));
    }
}
