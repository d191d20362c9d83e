#![no_main]
//! Any bytes as a record: what is taken for whole can be merged into and gives a root.

use huitong_native::hash::Algorithm;
use huitong_native::tree::{Change, Tree, is_record};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &[u8], [u8; 32], Option<[u8; 32]>)| {
    let (bits, record, keyhash, leaf) = input;
    let mut tree = Tree::new(Algorithm::Sha256, u32::from(bits % 12));
    let bucket = tree.bucket(&keyhash);
    if !tree.holds(bucket, record) || !is_record(record) {
        return;
    }
    let (merged, _) = tree.merge(record, &[&Change { keyhash, leaf }]);
    assert!(is_record(&merged) && tree.holds(bucket, &merged));
    tree.load_buckets(&[(bucket, &merged)]);
    tree.finish_load();
    assert_eq!(tree.node(1).is_some(), !merged.is_empty());
});
