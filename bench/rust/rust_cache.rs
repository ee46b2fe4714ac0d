// What rust_cache.h declares: a map from keys to places in a Vec, whose entries are a list, the newest first.

use std::collections::HashMap;
use std::slice::from_raw_parts;
use std::sync::Mutex;

const NONE: u32 = u32::MAX;
const PUT: u64 = 1 << 63;

struct Entry {
    key: u64,
    value: u64,
    newer: u32,
    older: u32,
}

struct Lru {
    capacity: usize,
    places: HashMap<u64, u32>,
    entries: Vec<Entry>,
    newest: u32,
    oldest: u32,
}

impl Lru {
    fn new(capacity: usize) -> Lru {
        let (places, entries) = (HashMap::with_capacity(capacity), Vec::with_capacity(capacity));
        Lru { capacity, places, entries, newest: NONE, oldest: NONE }
    }

    fn unlink(&mut self, place: u32) {
        let Entry { newer, older, .. } = self.entries[place as usize];
        match newer {
            NONE => self.newest = older,
            _ => self.entries[newer as usize].older = older,
        }
        match older {
            NONE => self.oldest = newer,
            _ => self.entries[older as usize].newer = newer,
        }
    }

    fn push(&mut self, place: u32) {
        self.entries[place as usize].newer = NONE;
        self.entries[place as usize].older = self.newest;
        match self.newest {
            NONE => self.oldest = place,
            newest => self.entries[newest as usize].newer = place,
        }
        self.newest = place;
    }

    fn touch(&mut self, place: u32) {
        if place != self.newest {
            self.unlink(place);
            self.push(place);
        }
    }
}

trait Cache {
    fn get(&mut self, key: u64) -> Option<u64>;
    fn put(&mut self, key: u64, value: u64);
}

impl Cache for Lru {
    fn get(&mut self, key: u64) -> Option<u64> {
        let place = *self.places.get(&key)?;
        self.touch(place);
        Some(self.entries[place as usize].value)
    }

    fn put(&mut self, key: u64, value: u64) {
        if let Some(&place) = self.places.get(&key) {
            self.entries[place as usize].value = value;
            return self.touch(place);
        }
        let entry = Entry { key, value, newer: NONE, older: NONE };
        let place = if self.entries.len() < self.capacity {
            self.entries.push(entry);
            (self.entries.len() - 1) as u32
        } else {
            let oldest = self.oldest;
            self.unlink(oldest);
            self.places.remove(&self.entries[oldest as usize].key);
            self.entries[oldest as usize] = entry;
            oldest
        };
        self.push(place);
        self.places.insert(key, place);
    }
}

impl Cache for &Mutex<Lru> {
    fn get(&mut self, key: u64) -> Option<u64> {
        self.lock().unwrap().get(key)
    }
    fn put(&mut self, key: u64, value: u64) {
        self.lock().unwrap().put(key, value)
    }
}

fn replay(cache: &mut impl Cache, steps: &[u64]) -> usize {
    let mut hits = 0;
    for step in steps {
        let key = step & !PUT;
        if step & PUT != 0 {
            cache.put(key, !key);
        } else if let Some(value) = cache.get(key) {
            hits += (value == !key) as usize;
        } else {
            cache.put(key, !key);
        }
    }
    hits
}

pub struct Shared(Mutex<Lru>);

#[no_mangle]
pub extern "C" fn rust_cache_new(capacity: usize) -> *mut Shared {
    Box::into_raw(Box::new(Shared(Mutex::new(Lru::new(capacity)))))
}

#[no_mangle]
pub unsafe extern "C" fn rust_cache_replay(cache: &mut Shared, steps: *const u64, count: usize) -> usize {
    replay(cache.0.get_mut().unwrap(), from_raw_parts(steps, count))
}

#[no_mangle]
pub unsafe extern "C" fn rust_cache_replay_shared(cache: &Shared, steps: *const u64, count: usize) -> usize {
    replay(&mut &cache.0, from_raw_parts(steps, count))
}
