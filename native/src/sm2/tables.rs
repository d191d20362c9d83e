//! Tables of known keys: a bounded memory of the process, least recently used out first.
//!
//! It holds nothing but what follows from public keys, and its state never changes an answer. A table pays after about
//! five signatures, so a key gets one when it has been seen a few times: a flood of strange keys builds none.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};

use super::point::Affine;
use super::verify::KnownKey;

/// Sightings after which a key gets a table.
const SIGHTINGS: u32 = 8;
/// Keys whose sightings are counted at once; beyond it counting starts anew.
const MAX_COUNTED: usize = 8192;
/// Bound of all tables at first: 1,200 keys.
const BUDGET: usize = 64 << 20;

/// A public key as it travels: 0x04 || x || y.
pub type Key = [u8; 65];

struct Entry {
    known: Arc<KnownKey>,
    used: u64,
}

struct Tables {
    budget: usize,
    held: usize,
    clock: u64,
    entries: HashMap<Key, Entry>,
    sightings: HashMap<Key, u32>,
}

static TABLES: LazyLock<Mutex<Tables>> = LazyLock::new(|| {
    let empty = Tables { budget: BUDGET, held: 0, clock: 0, entries: HashMap::new(), sightings: HashMap::new() };
    Mutex::new(empty)
});

fn tables() -> MutexGuard<'static, Tables> {
    // a panic while the lock was held leaves a smaller memory at worst
    TABLES.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// The table of a key, if it has one; with `uses` more sightings it may get one now.
pub fn known(key: &Key, point: &Affine, uses: u32) -> Option<Arc<KnownKey>> {
    if !tables().earns(key, uses) {
        return tables().find(key);
    }
    // computed without the lock: other threads go on
    let known = Arc::new(KnownKey::new(point));
    tables().keep(key, &known);
    Some(known)
}

/// (keys, bytes, bound in bytes).
pub fn usage() -> (usize, usize, usize) {
    let tables = tables();
    (tables.entries.len(), tables.held, tables.budget)
}

/// Set the bound in bytes; 0 turns tables off.
pub fn set_budget(bytes: usize) {
    let mut tables = tables();
    tables.budget = bytes;
    tables.shrink(0);
}

impl Tables {
    fn find(&mut self, key: &Key) -> Option<Arc<KnownKey>> {
        self.clock += 1;
        let entry = self.entries.get_mut(key)?;
        entry.used = self.clock;
        Some(Arc::clone(&entry.known))
    }

    /// Count sightings of a key without a table; true when it is to get one.
    fn earns(&mut self, key: &Key, uses: u32) -> bool {
        if self.budget < KnownKey::BYTES || self.entries.contains_key(key) {
            return false;
        }
        if self.sightings.len() >= MAX_COUNTED {
            self.sightings.clear();
        }
        let seen = self.sightings.entry(*key).or_insert(0);
        *seen = seen.saturating_add(uses);
        let earned = *seen >= SIGHTINGS;
        if earned {
            self.sightings.remove(key);
        }
        earned
    }

    fn keep(&mut self, key: &Key, known: &Arc<KnownKey>) {
        self.shrink(KnownKey::BYTES);
        self.clock += 1;
        let entry = Entry { known: Arc::clone(known), used: self.clock };
        if self.entries.insert(*key, entry).is_none() {
            self.held += KnownKey::BYTES;
        }
    }

    /// Drop what was not used for the longest time until `more` bytes fit.
    fn shrink(&mut self, more: usize) {
        while self.held + more > self.budget {
            let Some(oldest) = self.entries.iter().min_by_key(|(_, entry)| entry.used).map(|(key, _)| *key) else {
                return;
            };
            self.entries.remove(&oldest);
            self.held -= KnownKey::BYTES;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u8) -> Key {
        [number; 65]
    }

    #[test]
    fn a_key_earns_its_table_and_the_oldest_goes_first() {
        let mut tables = Tables {
            budget: 2 * KnownKey::BYTES,
            held: 0,
            clock: 0,
            entries: HashMap::new(),
            sightings: HashMap::new(),
        };
        assert!(!tables.earns(&key(1), SIGHTINGS - 1));
        assert!(tables.earns(&key(1), 1));
        let known = Arc::new(KnownKey::new(&Affine::generator()));
        tables.keep(&key(1), &known);
        tables.keep(&key(2), &known);
        assert!(!tables.earns(&key(1), 100));
        assert!(tables.find(&key(1)).is_some());
        tables.keep(&key(3), &known);
        assert!(tables.find(&key(2)).is_none());
        assert!(tables.find(&key(1)).is_some() && tables.find(&key(3)).is_some());
        assert_eq!(tables.held, 2 * KnownKey::BYTES);
        tables.budget = 0;
        tables.shrink(0);
        assert_eq!((tables.held, tables.entries.len()), (0, 0));
        assert!(!tables.earns(&key(4), 100));
    }

    #[test]
    fn strange_keys_do_not_fill_the_memory() {
        let mut tables =
            Tables { budget: BUDGET, held: 0, clock: 0, entries: HashMap::new(), sightings: HashMap::new() };
        for number in 0..3 * MAX_COUNTED as u32 {
            let mut strange = key(0);
            strange[..4].copy_from_slice(&number.to_be_bytes());
            assert!(!tables.earns(&strange, 1));
        }
        assert!(tables.sightings.len() <= MAX_COUNTED);
    }
}
