//! The class `TreeCore` of the Python module.

use std::collections::HashMap;

use pyo3::exceptions::{PyAssertionError, PyValueError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyDict, PyFrozenSet};

use crate::hash::{Algorithm, Hash};
use crate::tree::{Change, Effect, Tree, is_record};

/// Root, new records by bucket, keys of new leaves by key hash, key hashes of removed leaves.
type Update<'py> = (Bound<'py, PyBytes>, Bound<'py, PyDict>, Bound<'py, PyDict>, Bound<'py, PyFrozenSet>);

/// Records that are held and hashed at once while a tree is loaded.
const LOADED_TOGETHER: usize = 4096;

/// Changes of one bucket, by their places in the list of writes.
struct Group {
    bucket: u32,
    members: Vec<usize>,
}

/// The upper levels of a state tree.
#[pyclass(module = "huitong_native")]
pub struct TreeCore {
    tree: Tree,
}

#[pymethods]
impl TreeCore {
    #[new]
    fn new(algorithm: &str, bits: u32) -> PyResult<Self> {
        let algorithm = Algorithm::named(algorithm).ok_or_else(|| PyValueError::new_err("unknown hash function"))?;
        if bits > 24 {
            return Err(PyValueError::new_err("a tree has at most 24 bits"));
        }
        Ok(Self { tree: Tree::new(algorithm, bits) })
    }

    /// Root hash; zeros when the tree is empty.
    #[getter]
    fn root<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.tree.root())
    }

    /// Number of leaves.
    #[getter]
    fn count(&self) -> u64 {
        self.tree.count()
    }

    /// Hash at a place in heap order, None when nothing is below it.
    fn node<'py>(&self, py: Python<'py>, index: usize) -> Option<Bound<'py, PyBytes>> {
        self.tree.node(index).map(|hash| PyBytes::new(py, hash))
    }

    /// Take in (bucket, record) of an empty tree, in any order and each bucket once. ValueError for a damaged record.
    fn load(&mut self, py: Python<'_>, buckets: &Bound<'_, PyAny>) -> PyResult<()> {
        let mut rows: Vec<(u32, PyBackedBytes)> = Vec::with_capacity(LOADED_TOGETHER);
        for row in buckets.try_iter()? {
            let (bucket, record): (u32, PyBackedBytes) = row?.extract()?;
            self.check(bucket, &record)?;
            rows.push((bucket, record));
            if rows.len() == LOADED_TOGETHER {
                self.take_in(py, &mut rows);
            }
        }
        self.take_in(py, &mut rows);
        py.detach(|| self.tree.finish_load());
        Ok(())
    }

    /// Set (bytes) and delete (None) leaves. `fetch` gives, for a list of buckets, their records as they stand, or None.
    fn update<'py>(
        &mut self,
        py: Python<'py>,
        writes: &Bound<'py, PyDict>,
        fetch: &Bound<'py, PyAny>,
    ) -> PyResult<Update<'py>> {
        let mut keys = Vec::with_capacity(writes.len());
        let mut values = Vec::with_capacity(writes.len());
        for (key, value) in writes {
            let value: Option<PyBackedBytes> = value.extract()?;
            let key_bytes: PyBackedBytes = key.extract()?;
            if key_bytes.is_empty() {
                return Err(PyAssertionError::new_err("keys are never empty"));
            }
            if value.as_ref().is_some_and(|value| value.is_empty()) {
                return Err(PyAssertionError::new_err("values are never empty"));
            }
            keys.push((key, key_bytes));
            values.push(value);
        }
        let key_bytes: Vec<&[u8]> = keys.iter().map(|(_, bytes)| &bytes[..]).collect();
        let tree = &self.tree;
        let (changes, groups) = py.detach(|| prepare(tree, &key_bytes, &values));
        let buckets: Vec<u32> = groups.iter().map(|group| group.bucket).collect();
        let former: Vec<Option<PyBackedBytes>> = fetch.call1((buckets,))?.extract()?;
        if former.len() != groups.len() {
            return Err(PyAssertionError::new_err("one record for each bucket"));
        }
        for (group, record) in groups.iter().zip(&former) {
            if let Some(record) = record {
                self.check(group.bucket, record)?;
            }
        }
        let tree = &mut self.tree;
        let merged = py.detach(|| apply(tree, &changes, &groups, &former));
        let buckets = PyDict::new(py);
        let inserted = PyDict::new(py);
        let mut removed = Vec::new();
        for (group, (record, effects, changed)) in groups.iter().zip(&merged) {
            if *changed {
                buckets.set_item(group.bucket, PyBytes::new(py, record))?;
            }
            for (&place, effect) in group.members.iter().zip(effects) {
                let keyhash = || PyBytes::new(py, &changes[place].keyhash);
                match effect {
                    Effect::Inserted => inserted.set_item(keyhash(), &keys[place].0)?,
                    Effect::Removed => removed.push(keyhash()),
                    Effect::None => {}
                }
            }
        }
        Ok((self.root(py), buckets, inserted, PyFrozenSet::new(py, removed)?))
    }
}

impl TreeCore {
    fn take_in(&mut self, py: Python<'_>, rows: &mut Vec<(u32, PyBackedBytes)>) {
        let records: Vec<(u32, &[u8])> = rows.iter().map(|(bucket, record)| (*bucket, &record[..])).collect();
        py.detach(|| self.tree.load_buckets(&records));
        rows.clear();
    }

    fn check(&self, bucket: u32, record: &[u8]) -> PyResult<()> {
        if self.tree.holds(bucket, record) && is_record(record) {
            return Ok(());
        }
        Err(PyValueError::new_err(format!("bucket {bucket} of the state tree is damaged")))
    }
}

/// Hash all writes and gather them by bucket, in the order of first writes.
fn prepare(tree: &Tree, keys: &[&[u8]], values: &[Option<PyBackedBytes>]) -> (Vec<Change>, Vec<Group>) {
    let algorithm = tree.algorithm();
    let mut groups: Vec<Group> = Vec::new();
    let mut places: HashMap<u32, usize> = HashMap::with_capacity(keys.len());
    let keyhashes = algorithm.hash_many(keys);
    for (place, keyhash) in keyhashes.iter().enumerate() {
        let bucket = tree.bucket(keyhash);
        let group = *places.entry(bucket).or_insert_with(|| {
            groups.push(Group { bucket, members: Vec::new() });
            groups.len() - 1
        });
        groups[group].members.push(place);
    }
    let mut leaves = leaf_hashes(algorithm, &keyhashes, values).into_iter();
    let changes = keyhashes
        .into_iter()
        .zip(values)
        .map(|(keyhash, value)| Change { keyhash, leaf: value.as_ref().and_then(|_| leaves.next()) })
        .collect();
    (changes, groups)
}

/// H(0 || H(key) || H(value)) of each write that sets a value.
fn leaf_hashes(algorithm: Algorithm, keyhashes: &[Hash], values: &[Option<PyBackedBytes>]) -> Vec<Hash> {
    let set: Vec<(&Hash, &[u8])> =
        keyhashes.iter().zip(values).filter_map(|(k, v)| Some((k, &v.as_ref()?[..]))).collect();
    let hashes = algorithm.hash_many(&set.iter().map(|(_, value)| *value).collect::<Vec<_>>());
    let pairs: Vec<_> = set.iter().zip(&hashes).map(|((keyhash, _), value)| (*keyhash, value)).collect();
    algorithm.pairs(0, &pairs)
}

/// New record, effect per member, and whether the record changed, per group; the tree is brought to the new roots.
fn apply(
    tree: &mut Tree,
    changes: &[Change],
    groups: &[Group],
    former: &[Option<PyBackedBytes>],
) -> Vec<(Vec<u8>, Vec<Effect>, bool)> {
    let mut merged = Vec::with_capacity(groups.len());
    let (mut inserted, mut removed) = (0, 0);
    for (group, record) in groups.iter().zip(former) {
        let before: &[u8] = record.as_deref().unwrap_or_default();
        let members: Vec<&Change> = group.members.iter().map(|&place| &changes[place]).collect();
        let (record, effects) = tree.merge(before, &members);
        inserted += effects.iter().filter(|&&effect| effect == Effect::Inserted).count() as u64;
        removed += effects.iter().filter(|&&effect| effect == Effect::Removed).count() as u64;
        let changed = record != before;
        merged.push((record, effects, changed));
    }
    let records: Vec<(u32, &[u8])> = groups
        .iter()
        .zip(&merged)
        .filter(|(_, (_, _, changed))| *changed)
        .map(|(group, (record, _, _))| (group.bucket, &record[..]))
        .collect();
    tree.climb(&records, inserted, removed);
    merged
}
