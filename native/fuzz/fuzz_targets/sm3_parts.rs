#![no_main]
//! Any message in any parts: SM3 is what RustCrypto's is.

use huitong_native::sm3::sm3_parts;
use libfuzzer_sys::fuzz_target;
use sm3::{Digest, Sm3};

fuzz_target!(|parts: Vec<&[u8]>| {
    assert_eq!(sm3_parts(&parts)[..], Sm3::digest(parts.concat())[..]);
});
