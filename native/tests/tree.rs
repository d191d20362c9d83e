//! The tree's core against its plain recursive definition, for any number of buckets, updates and deletions.

use std::collections::BTreeMap;

use huitong_native::hash::{Algorithm, Hash};
use huitong_native::tree::{Change, Effect, Tree, is_record};
use proptest::prelude::*;

/// The definition over leaves that share their first `bit` bits.
fn naive(algorithm: Algorithm, leaves: &[(Hash, Hash)], bit: usize) -> Hash {
    match leaves {
        [] => [0; 32],
        [(_, leaf)] => *leaf,
        _ => {
            let (right, left): (Vec<_>, Vec<_>) =
                leaves.iter().partition(|(key, _)| key[bit / 8] >> (7 - bit % 8) & 1 == 1);
            let (left, right) = (naive(algorithm, &left, bit + 1), naive(algorithm, &right, bit + 1));
            algorithm.hash(&[&[1u8][..], &left, &right].concat())
        }
    }
}

/// A tree with its records, kept as a store would.
struct Held {
    tree: Tree,
    records: BTreeMap<u32, Vec<u8>>,
}

impl Held {
    fn update(&mut self, changes: &[Change]) {
        let mut groups: BTreeMap<u32, Vec<&Change>> = BTreeMap::new();
        for change in changes {
            groups.entry(self.tree.bucket(&change.keyhash)).or_default().push(change);
        }
        let (mut inserted, mut removed) = (0, 0);
        for (bucket, members) in &groups {
            let record = self.records.entry(*bucket).or_default();
            let (merged, effects) = self.tree.merge(record, members);
            inserted += effects.iter().filter(|&&effect| effect == Effect::Inserted).count() as u64;
            removed += effects.iter().filter(|&&effect| effect == Effect::Removed).count() as u64;
            assert!(is_record(&merged) && self.tree.holds(*bucket, &merged));
            *record = merged;
        }
        let changed: Vec<(u32, &[u8])> = groups.keys().map(|bucket| (*bucket, &self.records[bucket][..])).collect();
        self.tree.climb(&changed, inserted, removed);
    }
}

fn writes() -> impl Strategy<Value = Vec<Vec<(u8, Option<u8>)>>> {
    prop::collection::vec(prop::collection::vec((any::<u8>(), any::<Option<u8>>()), 0..40), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn root_is_the_definition(
        batches in writes(), bits in 0u32..10, sm3 in any::<bool>(), shared in prop::option::of(0usize..32)
    ) {
        let algorithm = if sm3 { Algorithm::Sm3 } else { Algorithm::Sha256 };
        // long shared prefixes make chains of nodes with an empty half
        let hash = |byte: u8| {
            let mut hash = algorithm.hash(&[byte]);
            hash[..shared.unwrap_or(0)].fill(0x5a);
            hash[31] = byte;
            hash
        };
        let mut held = Held { tree: Tree::new(algorithm, bits), records: BTreeMap::new() };
        let mut model: BTreeMap<Hash, Hash> = BTreeMap::new();
        for batch in batches {
            let batch: BTreeMap<u8, Option<u8>> = batch.into_iter().collect();
            let mut changes = Vec::new();
            for (key, value) in batch {
                let leaf = value.map(|value| algorithm.pairs(0, &[(&hash(key), &algorithm.hash(&[value]))])[0]);
                match leaf {
                    Some(leaf) => drop(model.insert(hash(key), leaf)),
                    None => drop(model.remove(&hash(key))),
                }
                changes.push(Change { keyhash: hash(key), leaf });
            }
            held.update(&changes);
            let leaves: Vec<(Hash, Hash)> = model.iter().map(|(key, leaf)| (*key, *leaf)).collect();
            prop_assert_eq!(*held.tree.root(), naive(algorithm, &leaves, 0));
            prop_assert_eq!(held.tree.count(), model.len() as u64);
        }
        let mut loaded = Tree::new(algorithm, bits);
        for (bucket, record) in &held.records {
            loaded.load_buckets(&[(*bucket, record)]);
        }
        loaded.finish_load();
        prop_assert_eq!(loaded.root(), held.tree.root());
        prop_assert_eq!(loaded.count(), held.tree.count());
    }
}

#[test]
fn damaged_records_are_seen() {
    let mut tree = Tree::new(Algorithm::Sha256, 4);
    assert!(!is_record(&[0; 63]) && !is_record(&[0; 128]) && is_record(&[]) && is_record(&[7; 64]));
    assert!(tree.holds(0, &[0; 64]) && !tree.holds(1, &[0; 64]) && !tree.holds(16, &[]));
    tree.load_buckets(&[(0, &[0; 64])]);
    tree.finish_load();
    assert_eq!(tree.node(1), Some(&[0; 32]));
    assert_eq!(tree.node(32), None);
}
