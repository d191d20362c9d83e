//! The pre-scan and the roots on small known cases; the twins in Python are compared in `tests/native`.

use huitong_native::hash::Algorithm;
use huitong_native::wire::{root, scan};

#[test]
fn values_of_the_encoding_pass() {
    for good in
        [&b"\xc0"[..], b"\x93\x01\xa1a\xc4\x02xy", b"\x81\xa1a\x90", b"\xd6\x01abcd", b"\xc7\x03\x02abc", b"\x90"]
    {
        assert!(scan(good, 32, 100), "{good:02x?}");
    }
}

#[test]
fn anything_else_does_not() {
    for bad in [
        &b""[..],
        b"\xc1",
        b"\xca\0\0\0\0",
        b"\xc0\xc0",
        b"\x91",
        b"\xc4",
        b"\xc4\x05abcd",
        b"\xd4\x03a",
        b"\xd4",
        b"\xc7\x01",
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\xdc\x00",
        b"\xc6\xff\xff\xff\xff",
    ] {
        assert!(!scan(bad, 32, usize::MAX), "{bad:02x?}");
    }
}

#[test]
fn depth_and_count_have_limits() {
    let nested = |depth: usize| [vec![0x91; depth - 1], vec![0x90]].concat();
    assert!(scan(&nested(32), 32, 100));
    assert!(!scan(&nested(33), 32, 100));
    assert!(scan(b"\x92\x01\x01", 32, 2));
    assert!(!scan(b"\x92\x01\x01", 32, 1));
    assert!(!scan(b"\x81\x01\x01", 32, 1));
}

#[test]
fn roots_of_few_leaves() {
    for algorithm in [Algorithm::Sha256, Algorithm::Sm3] {
        let leaf = |name: &[u8]| algorithm.hash(&[b"\0", name].concat());
        assert_eq!(root::<&[u8]>(algorithm, &[]), algorithm.hash(b""));
        assert_eq!(root(algorithm, &[b"a"]), leaf(b"a"));
        let both = algorithm.pairs(1, &[(&leaf(b"a"), &leaf(b"b"))])[0];
        assert_eq!(root(algorithm, &[b"a", b"b"]), both);
        assert_eq!(root(algorithm, &[b"a", b"b", b"c"]), algorithm.pairs(1, &[(&both, &leaf(b"c"))])[0]);
    }
}
