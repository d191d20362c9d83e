//! The two hash functions of state trees, for messages of the tree's fixed sizes and for any bytes.

use sha2::block_api::compress256;
use sha2::{Digest, Sha256};

use crate::sm3::{self, Lanes};

/// Hash of a node, a key or a value.
pub type Hash = [u8; 32];

/// Hash function of a tree.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Algorithm {
    Sha256,
    Sm3,
}

impl Algorithm {
    /// By its name in Python: `sha256` or `sm3`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "sha256" => Some(Self::Sha256),
            "sm3" => Some(Self::Sm3),
            _ => None,
        }
    }

    /// Hash any bytes.
    pub fn hash(self, data: &[u8]) -> Hash {
        match self {
            Self::Sha256 => Sha256::digest(data).into(),
            Self::Sm3 => sm3::sm3(data),
        }
    }

    /// Hash each of several messages.
    pub fn hash_many(self, messages: &[&[u8]]) -> Vec<Hash> {
        match self {
            Self::Sha256 => messages.iter().map(|message| self.hash(message)).collect(),
            Self::Sm3 => sm3::sm3_many(Lanes::detected(), messages),
        }
    }

    /// H(prefix || left || right) of each pair: nodes (prefix 1) or leaves (0).
    pub fn pairs(self, prefix: u8, pairs: &[(&Hash, &Hash)]) -> Vec<Hash> {
        let padded = pairs.iter().map(|(left, right)| padded(prefix, left, right));
        match self {
            Self::Sha256 => padded.map(|blocks| sha256_blocks(&blocks)).collect(),
            Self::Sm3 => sm3::digest_blocks(Lanes::detected(), &padded.collect::<Vec<_>>()),
        }
    }
}

fn sha256_blocks(blocks: &[[u8; 64]; 2]) -> Hash {
    let mut state = SHA256_INITIAL;
    compress256(&mut state, blocks);
    let mut digest = [0u8; 32];
    for (four, word) in digest.chunks_exact_mut(4).zip(state) {
        four.copy_from_slice(&word.to_be_bytes());
    }
    digest
}

const SHA256_INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// Both functions pad in the same way: 65 bytes become two blocks.
fn padded(prefix: u8, left: &Hash, right: &Hash) -> [[u8; 64]; 2] {
    let mut blocks = [[0u8; 64]; 2];
    blocks[0][0] = prefix;
    blocks[0][1..33].copy_from_slice(left);
    blocks[0][33..64].copy_from_slice(&right[..31]);
    blocks[1][0] = right[31];
    blocks[1][1] = 0x80;
    blocks[1][62..].copy_from_slice(&520u16.to_be_bytes());
    blocks
}
