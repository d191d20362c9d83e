//! Tables of known keys: a bounded memory of the process, least recently used out first.
//!
//! It holds nothing but what follows from public keys, and its state never changes an answer. A key gets a table when
//! it has been seen often enough for the table to pay: a flood of strange keys builds none.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard};

/// Keys whose sightings are counted at once; beyond it counting starts anew.
const MAX_COUNTED: usize = 8192;

struct Entry<V> {
    table: Arc<V>,
    used: u64,
}

struct Inner<K, V> {
    budget: usize,
    size: usize,
    sightings_needed: u32,
    clock: u64,
    entries: HashMap<K, Entry<V>>,
    sightings: HashMap<K, u32>,
}

/// Tables by key, all of the same size.
pub struct Tables<K, V>(Mutex<Inner<K, V>>);

impl<K: Hash + Eq + Copy, V> Tables<K, V> {
    /// budget: bound of all tables in bytes; size: bytes of one; sightings: after how many a key gets one.
    pub fn new(budget: usize, size: usize, sightings: u32) -> Self {
        Self(Mutex::new(Inner {
            budget,
            size,
            sightings_needed: sightings,
            clock: 0,
            entries: HashMap::new(),
            sightings: HashMap::new(),
        }))
    }

    fn inner(&self) -> MutexGuard<'_, Inner<K, V>> {
        // a panic while the lock was held leaves a smaller memory at worst
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// The table of a key, if it has one; with `uses` more sightings it may get one now.
    pub fn known(&self, key: &K, uses: u32, make: impl FnOnce() -> V) -> Option<Arc<V>> {
        {
            let mut inner = self.inner();
            if !inner.earns(key, uses) {
                return inner.find(key);
            }
        }
        // computed without the lock: other threads go on
        let table = Arc::new(make());
        self.inner().keep(key, &table);
        Some(table)
    }

    /// (keys, bytes, bound in bytes).
    pub fn usage(&self) -> (usize, usize, usize) {
        let inner = self.inner();
        (inner.entries.len(), inner.held(), inner.budget)
    }

    /// Set the bound in bytes; 0 turns tables off.
    pub fn set_budget(&self, bytes: usize) {
        let mut inner = self.inner();
        inner.budget = bytes;
        inner.shrink(0);
    }
}

impl<K: Hash + Eq + Copy, V> Inner<K, V> {
    fn held(&self) -> usize {
        self.entries.len() * self.size
    }

    fn find(&mut self, key: &K) -> Option<Arc<V>> {
        self.clock += 1;
        let entry = self.entries.get_mut(key)?;
        entry.used = self.clock;
        Some(Arc::clone(&entry.table))
    }

    /// Count sightings of a key without a table; true when it is to get one.
    fn earns(&mut self, key: &K, uses: u32) -> bool {
        if self.budget < self.size || self.entries.contains_key(key) {
            return false;
        }
        if self.sightings.len() >= MAX_COUNTED {
            self.sightings.clear();
        }
        let seen = self.sightings.entry(*key).or_insert(0);
        *seen = seen.saturating_add(uses);
        let earned = *seen >= self.sightings_needed;
        if earned {
            self.sightings.remove(key);
        }
        earned
    }

    fn keep(&mut self, key: &K, table: &Arc<V>) {
        self.entries.remove(key);
        self.shrink(self.size);
        self.clock += 1;
        self.entries.insert(*key, Entry { table: Arc::clone(table), used: self.clock });
    }

    /// Drop what was not used for the longest time until `more` bytes fit.
    fn shrink(&mut self, more: usize) {
        while self.held() + more > self.budget {
            let Some(oldest) = self.entries.iter().min_by_key(|(_, entry)| entry.used).map(|(key, _)| *key) else {
                return;
            };
            self.entries.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_earns_its_table_and_the_oldest_goes_first() {
        let tables = Tables::new(20, 10, 8);
        assert!(tables.known(&1, 7, || 'a').is_none());
        assert_eq!(tables.known(&1, 1, || 'a').as_deref(), Some(&'a'));
        assert_eq!(tables.known(&2, 8, || 'b').as_deref(), Some(&'b'));
        assert_eq!(tables.known(&1, 100, || 'x').as_deref(), Some(&'a'));
        assert_eq!(tables.known(&3, 8, || 'c').as_deref(), Some(&'c'));
        assert!(tables.known(&2, 0, || 'x').is_none());
        assert_eq!(tables.usage(), (2, 20, 20));
        tables.set_budget(0);
        assert_eq!(tables.usage(), (0, 0, 0));
        assert!(tables.known(&4, 100, || 'd').is_none());
    }

    #[test]
    fn strange_keys_do_not_fill_the_memory() {
        let tables = Tables::new(1000, 10, 2);
        for number in 0..3 * MAX_COUNTED {
            assert!(tables.known(&number, 1, || ()).is_none());
        }
        assert!(tables.inner().sightings.len() <= MAX_COUNTED);
    }
}
