//! A map in 64 pieces, so that threads seldom wait for each other.

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hash, RandomState},
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

const SHARDS: usize = 64;

/// The map. Values are handles: cheap to clone, never borrowed.
pub struct Shards<K, V> {
    hasher: RandomState,
    shards: Vec<RwLock<HashMap<K, V>>>,
}

impl<K, V> Default for Shards<K, V> {
    fn default() -> Self {
        Self {
            hasher: RandomState::new(),
            shards: (0..SHARDS).map(|_| RwLock::default()).collect(),
        }
    }
}

impl<K: Eq + Hash + Copy, V: Clone> Shards<K, V> {
    /// The value, if there.
    pub fn get(&self, key: &K) -> Option<V> {
        self.read(key).get(key).cloned()
    }

    /// The value if it is there and `good`, else a fresh one.
    pub fn get_or_insert(&self, key: K, good: impl Fn(&V) -> bool, fresh: impl FnOnce() -> V) -> V {
        if let Some(value) = self.get(&key).filter(&good) {
            return value;
        }
        let mut shard = self.write(&key);
        if let Some(value) = shard.get(&key).filter(|value| good(value)) {
            return value.clone();
        }
        let value = fresh();
        shard.insert(key, value.clone());
        value
    }

    /// Replaces the value, if there, and gives back the new one.
    pub fn update(&self, key: &K, next: impl FnOnce(&V) -> V) -> Option<V> {
        let mut shard = self.write(key);
        let value = shard.get_mut(key)?;
        *value = next(value);
        Some(value.clone())
    }

    /// Removes the value if it is the one that is meant.
    pub fn remove_if(&self, key: &K, meant: impl FnOnce(&V) -> bool) -> bool {
        let mut shard = self.write(key);
        shard.get(key).is_some_and(meant) && shard.remove(key).is_some()
    }

    /// All keys, at some moment each.
    pub fn keys(&self) -> Vec<K> {
        let shards = self.shards.iter();
        shards
            .flat_map(|shard| {
                let shard = shard.read().unwrap_or_else(PoisonError::into_inner);
                shard.keys().copied().collect::<Vec<_>>()
            })
            .collect()
    }

    /// How many.
    pub fn len(&self) -> usize {
        let shards = self.shards.iter();
        shards
            .map(|shard| shard.read().unwrap_or_else(PoisonError::into_inner).len())
            .sum()
    }

    /// None at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn shard(&self, key: &K) -> &RwLock<HashMap<K, V>> {
        let hash = self.hasher.hash_one(key);
        &self.shards[usize::try_from(hash % SHARDS as u64).unwrap_or(0)]
    }

    fn read(&self, key: &K) -> RwLockReadGuard<'_, HashMap<K, V>> {
        self.shard(key)
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, key: &K) -> RwLockWriteGuard<'_, HashMap<K, V>> {
        self.shard(key)
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
