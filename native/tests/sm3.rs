//! SM3 against the vectors of GM/T 0004 and against RustCrypto's `sm3`.

use huitong_native::hash::Algorithm;
use huitong_native::keccak::keccak256;
use huitong_native::sm3::{Lanes, sm3, sm3_many, sm3_parts};
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use sm3::Sm3;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_vectors_of_the_standards_hold() {
    assert_eq!(hex(&sm3(b"abc")), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    let long = b"abcd".repeat(16);
    assert_eq!(hex(&sm3(&long)), "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
    assert_eq!(hex(&keccak256(b"")), "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
}

#[test]
fn every_length_around_a_block_is_padded_right() {
    for length in 0..300 {
        let data = vec![0xa5; length];
        assert_eq!(sm3(&data)[..], Sm3::digest(&data)[..], "{length} bytes");
    }
}

proptest! {
    #[test]
    fn parts_do_not_matter(parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..150), 0..6)) {
        let whole = parts.concat();
        let slices: Vec<&[u8]> = parts.iter().map(|part| &part[..]).collect();
        prop_assert_eq!(&sm3_parts(&slices)[..], &Sm3::digest(&whole)[..]);
    }

    #[test]
    fn side_by_side_is_one_after_the_other(
        messages in prop::collection::vec(
            prop_oneof![Just(64usize), Just(55), Just(56), 0usize..400].prop_flat_map(|size| prop::collection::vec(any::<u8>(), size)),
            0..50,
        )
    ) {
        let slices: Vec<&[u8]> = messages.iter().map(|message| &message[..]).collect();
        let expected: Vec<[u8; 32]> = slices.iter().map(|message| Sm3::digest(message).into()).collect();
        for lanes in [Lanes::One, Lanes::Eight, Lanes::Sixteen] {
            prop_assert_eq!(&sm3_many(lanes, &slices), &expected, "{:?}", lanes);
        }
    }

    #[test]
    fn pairs_are_hashes_of_65_bytes(
        prefix in any::<u8>(), left in any::<[u8; 32]>(), right in any::<[u8; 32]>(), count in 0usize..40
    ) {
        let mut message = vec![prefix];
        message.extend_from_slice(&left);
        message.extend_from_slice(&right);
        let pairs = vec![(&left, &right); count];
        prop_assert_eq!(Algorithm::Sha256.pairs(prefix, &pairs), vec![<[u8; 32]>::from(Sha256::digest(&message)); count]);
        prop_assert_eq!(Algorithm::Sm3.pairs(prefix, &pairs), vec![<[u8; 32]>::from(Sm3::digest(&message)); count]);
        prop_assert_eq!(&Algorithm::Sha256.hash(&message)[..], &Sha256::digest(&message)[..]);
    }
}
