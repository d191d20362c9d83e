//! The hot path of Huitong in batches: signatures, hashes, the core of the state tree.
//!
//! Every function has a twin in Python, and gives the same answers on all inputs; `huitong qa native` compares them.

pub mod ed25519;
pub mod hash;
pub mod keccak;
#[cfg(feature = "python")]
mod python;
#[cfg(feature = "python")]
mod python_tree;
pub mod secp256k1;
pub mod sm2;
pub mod sm3;
mod sm3_words;
pub mod tables;
pub mod tree;
pub mod wire;

/// A signature to verify, at a place in a list of answers.
#[derive(Clone, Copy)]
pub struct Signed<'a> {
    pub place: usize,
    pub key: &'a [u8],
    pub message: &'a [u8],
    pub signature: &'a [u8],
}
