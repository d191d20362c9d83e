//! The core of the compact sparse Merkle tree: the twin of `huitong.state.tree`, with the same records and roots.
//!
//! leaf = H(0 || H(key) || H(value)), inner = H(1 || left || right), empty = 32 zero bytes, a lone leaf at its
//! shallowest free place. A bucket's record is `keyhash || leafhash` per leaf, ascending by key hash.

use crate::hash::{Algorithm, Hash};

/// Bytes of a leaf in a record.
pub const LEAF: usize = 64;
const ZERO: Hash = [0; 32];
/// Nodes or buckets that are hashed at once while a whole tree is: more would only leave the cache.
const TOGETHER: usize = 4096;

/// What a node stands for. A parent takes over the hash of a lone leaf when its other half is empty.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Empty,
    Lone,
    Inner,
}

/// A change of one leaf; `leaf` is None for a deletion.
pub struct Change {
    pub keyhash: Hash,
    pub leaf: Option<Hash>,
}

/// What a change did to the set of leaves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    None,
    Inserted,
    Removed,
}

/// The upper levels, in heap order: the root is 1, the halves of i are 2i and 2i + 1, bucket b is 2^bits + b.
pub struct Tree {
    algorithm: Algorithm,
    bits: u32,
    count: u64,
    nodes: Vec<Hash>,
    marks: Vec<Mark>,
}

impl Tree {
    /// An empty tree of 2^bits buckets. Memory: 33 bytes per node, two nodes per bucket.
    pub fn new(algorithm: Algorithm, bits: u32) -> Self {
        let size = 2usize << bits;
        Self { algorithm, bits, count: 0, nodes: vec![ZERO; size], marks: vec![Mark::Empty; size] }
    }

    /// Hash function.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Number of leaves.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The hash at a place in heap order, None when nothing is below it.
    pub fn node(&self, index: usize) -> Option<&Hash> {
        (*self.marks.get(index)? != Mark::Empty).then(|| &self.nodes[index])
    }

    /// The root; zeros when the tree is empty.
    pub fn root(&self) -> &Hash {
        &self.nodes[1]
    }

    /// The bucket of a key hash.
    pub fn bucket(&self, keyhash: &Hash) -> u32 {
        let first = u32::from_be_bytes([keyhash[0], keyhash[1], keyhash[2], keyhash[3]]);
        if self.bits == 0 { 0 } else { first >> (32 - self.bits) }
    }

    /// True when a bucket is one of this tree, and the first and last leaf of its record belong to it.
    pub fn holds(&self, bucket: u32, record: &[u8]) -> bool {
        let (leaves, _) = record.as_chunks::<LEAF>();
        let belongs =
            |leaf: &[u8; LEAF]| leaf.first_chunk::<32>().is_some_and(|keyhash| self.bucket(keyhash) == bucket);
        u64::from(bucket) < 1 << self.bits && leaves.first().is_none_or(belongs) && leaves.last().is_none_or(belongs)
    }

    /// Put the roots of buckets in place while the tree is loaded; `finish_load` comes after the last ones.
    pub fn load_buckets(&mut self, records: &[(u32, &[u8])]) {
        self.place_roots(records);
        self.count += records.iter().map(|(_, record)| (record.len() / LEAF) as u64).sum::<u64>();
    }

    /// Hash all levels above the buckets.
    pub fn finish_load(&mut self) {
        for depth in (0..self.bits).rev() {
            let level: Vec<usize> = (1usize << depth..2usize << depth).collect();
            level.chunks(TOGETHER).for_each(|indices| self.join(indices));
        }
    }

    /// Apply the changes of one bucket (each key once, in any order) to its record.
    pub fn merge(&self, record: &[u8], changes: &[&Change]) -> (Vec<u8>, Vec<Effect>) {
        let (leaves, _) = record.as_chunks::<LEAF>();
        let mut order: Vec<usize> = (0..changes.len()).collect();
        order.sort_unstable_by_key(|&i| &changes[i].keyhash);
        let mut effects = vec![Effect::None; changes.len()];
        let mut merged = Vec::with_capacity(record.len() + LEAF * changes.len());
        let mut at = 0;
        for i in order {
            let change = changes[i];
            while at < leaves.len() && leaves[at][..32] < change.keyhash[..] {
                merged.extend_from_slice(&leaves[at]);
                at += 1;
            }
            let present = at < leaves.len() && leaves[at][..32] == change.keyhash;
            at += usize::from(present);
            match &change.leaf {
                Some(leaf) => {
                    merged.extend_from_slice(&change.keyhash);
                    merged.extend_from_slice(leaf);
                    effects[i] = if present { Effect::None } else { Effect::Inserted };
                }
                None if present => effects[i] = Effect::Removed,
                None => {}
            }
        }
        for leaf in &leaves[at..] {
            merged.extend_from_slice(leaf);
        }
        (merged, effects)
    }

    /// Put new bucket records in place and hash the levels above them, each node once.
    pub fn climb(&mut self, records: &[(u32, &[u8])], inserted: u64, removed: u64) {
        self.place_roots(records);
        let mut level: Vec<usize> = records.iter().map(|(bucket, _)| self.index(*bucket)).collect();
        // ascending, so that memory is walked in one direction
        level.sort_unstable();
        for _ in 0..self.bits {
            for index in &mut level {
                *index >>= 1;
            }
            level.dedup();
            self.join(&level);
        }
        self.count = self.count + inserted - removed;
    }

    fn index(&self, bucket: u32) -> usize {
        (1usize << self.bits) + bucket as usize
    }

    /// Hash nodes of one level from their halves.
    fn join(&mut self, indices: &[usize]) {
        let mut inner = Vec::with_capacity(indices.len());
        for &index in indices {
            let (left, right) = (2 * index, 2 * index + 1);
            let (from, mark) = match (self.marks[left], self.marks[right]) {
                (mark @ (Mark::Empty | Mark::Lone), Mark::Empty) => (left, mark),
                (Mark::Empty, Mark::Lone) => (right, Mark::Lone),
                _ => {
                    inner.push(index);
                    (left, Mark::Inner)
                }
            };
            self.nodes[index] = self.nodes[from];
            self.marks[index] = mark;
        }
        let halves: Vec<_> = inner.iter().map(|&index| (&self.nodes[2 * index], &self.nodes[2 * index + 1])).collect();
        for (index, node) in inner.iter().zip(self.algorithm.pairs(1, &halves)) {
            self.nodes[*index] = node;
        }
    }

    /// Compute the roots of buckets, those of many together, and put them in place.
    fn place_roots(&mut self, records: &[(u32, &[u8])]) {
        for records in records.chunks(TOGETHER) {
            let mut subtrees = Subtrees::default();
            let mut roots = Vec::with_capacity(records.len());
            for (bucket, record) in records {
                let leaves = record.as_chunks::<LEAF>().0;
                roots.push((self.index(*bucket), leaves.len(), subtrees.plan(leaves, self.bits as usize).0));
            }
            subtrees.hash(self.algorithm);
            for (index, leaves, root) in roots {
                self.nodes[index] = subtrees.hashes[root];
                self.marks[index] = match leaves {
                    0 => Mark::Empty,
                    1 => Mark::Lone,
                    _ => Mark::Inner,
                };
            }
        }
    }
}

/// Nodes of several subtrees, in the order in which they can be hashed: all of one height above their leaves at once.
#[derive(Default)]
struct Subtrees {
    hashes: Vec<Hash>,
    /// By height: places of the left half, the right half and the node.
    heights: Vec<Vec<[usize; 3]>>,
}

impl Subtrees {
    /// Note what must be hashed for leaves that share their first `bit` bits; returns the root's place and height.
    fn plan(&mut self, leaves: &[[u8; LEAF]], bit: usize) -> (usize, usize) {
        if let [] | [_] = leaves {
            self.hashes.push(leaves.first().map_or(ZERO, leaf_hash));
            return (self.hashes.len() - 1, 0);
        }
        let mask = 0x80u8 >> (bit % 8);
        let middle = leaves.partition_point(|leaf| leaf[bit / 8] & mask == 0);
        let (left, left_height) = self.plan(&leaves[..middle], bit + 1);
        let (right, right_height) = self.plan(&leaves[middle..], bit + 1);
        let (place, height) = (self.hashes.len(), left_height.max(right_height));
        self.hashes.push(ZERO);
        if self.heights.len() == height {
            self.heights.push(Vec::new());
        }
        self.heights[height].push([left, right, place]);
        (place, height + 1)
    }

    /// Hash all that was planned.
    fn hash(&mut self, algorithm: Algorithm) {
        for nodes in &self.heights {
            let halves: Vec<_> =
                nodes.iter().map(|&[left, right, _]| (&self.hashes[left], &self.hashes[right])).collect();
            let made = algorithm.pairs(1, &halves);
            for (&[_, _, place], node) in nodes.iter().zip(made) {
                self.hashes[place] = node;
            }
        }
    }
}

fn leaf_hash(leaf: &[u8; LEAF]) -> Hash {
    let mut hash = ZERO;
    hash.copy_from_slice(&leaf[32..]);
    hash
}

/// True when a record is whole: leaves of 64 bytes, ascending, none twice. A tree is never built over anything else.
pub fn is_record(record: &[u8]) -> bool {
    let (leaves, rest) = record.as_chunks::<LEAF>();
    rest.is_empty() && leaves.is_sorted_by(|a, b| a[..32] < b[..32])
}
