// What rust_map.h declares.

mod rust_cache;
mod rust_refs;

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::HashMap;
use std::slice::{from_raw_parts, from_raw_parts_mut};
use std::str::from_utf8_unchecked;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

// The system's malloc, counted. Loads and stores, for one thread at a time calls: no locked instruction.
struct Counting;

static BYTES: AtomicUsize = AtomicUsize::new(0);
static MOST_BYTES: AtomicUsize = AtomicUsize::new(0);

fn count_in(bytes: usize) {
    let sum = BYTES.load(Relaxed).wrapping_add(bytes);
    BYTES.store(sum, Relaxed);
    if sum > MOST_BYTES.load(Relaxed) {
        MOST_BYTES.store(sum, Relaxed);
    }
}

fn count_out(bytes: usize) {
    BYTES.store(BYTES.load(Relaxed).wrapping_sub(bytes), Relaxed);
}

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count_in(layout.size());
        System.alloc(layout)
    }
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count_out(layout.size());
        System.dealloc(block, layout)
    }
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count_in(size);
        count_out(layout.size());
        System.realloc(block, layout, size)
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

#[no_mangle]
pub extern "C" fn rust_map_bytes() -> usize {
    BYTES.load(Relaxed)
}

#[no_mangle]
pub extern "C" fn rust_map_most_bytes() -> usize {
    MOST_BYTES.load(Relaxed)
}

#[no_mangle]
pub extern "C" fn rust_map_mark() {
    MOST_BYTES.store(BYTES.load(Relaxed), Relaxed)
}

// A key as C has it, and as the map has it.
pub trait Key: Copy {
    type Stored: std::hash::Hash + Eq;
    unsafe fn stored(self) -> Self::Stored;
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Slice {
    data: *const u8,
    size: usize,
}

impl Key for Slice {
    type Stored = &'static str;
    unsafe fn stored(self) -> &'static str {
        from_utf8_unchecked(from_raw_parts(self.data, self.size))
    }
}

pub trait Value {
    fn from_number(number: usize) -> Self;
    fn number(&self) -> u64;
}

macro_rules! number {
    ($type:ty) => {
        impl Key for $type {
            type Stored = $type;
            unsafe fn stored(self) -> $type {
                self
            }
        }
        impl Value for $type {
            fn from_number(number: usize) -> $type {
                number as $type
            }
            fn number(&self) -> u64 {
                *self as u64
            }
        }
    };
}

number!(u32);
number!(u64);

impl Value for [u64; 7] {
    fn from_number(number: usize) -> [u64; 7] {
        [number as u64; 7]
    }
    fn number(&self) -> u64 {
        self[0]
    }
}

type Map<K, V> = HashMap<<K as Key>::Stored, V>;

unsafe fn insert<K: Key, V: Value>(map: &mut Map<K, V>, keys: &[K]) {
    for (i, key) in keys.iter().enumerate() {
        map.insert(key.stored(), V::from_number(i));
    }
}

// The ticks of ../ticks.h.
#[cfg(target_arch = "x86_64")]
unsafe fn ticks(_start: Instant) -> u64 {
    std::arch::x86_64::_rdtsc()
}
#[cfg(not(target_arch = "x86_64"))]
unsafe fn ticks(start: Instant) -> u64 {
    start.elapsed().as_nanos() as u64
}

unsafe fn insert_timed<K: Key, V: Value>(mut map: Option<&mut Map<K, V>>, keys: *const K, times: &mut [u64]) {
    let start = Instant::now();
    let mut before = ticks(start);
    for (i, time) in times.iter_mut().enumerate() {
        if let Some(map) = map.as_deref_mut() {
            map.insert((*keys.add(i)).stored(), V::from_number(i));
        }
        let now = ticks(start);
        *time = now - before;
        before = now;
    }
}

unsafe fn find<K: Key, V: Value>(map: &Map<K, V>, keys: &[K]) -> u64 {
    let mut sum = 0;
    for key in keys {
        if let Some(value) = map.get(&key.stored()) {
            sum += value.number();
        }
    }
    sum
}

// The operations of afar.h, in their order there.
#[repr(C)]
pub enum Operation {
    Size,
    Sum,
    Insert,
    Find,
    FindChain,
    Remove,
    Churn,
}

unsafe fn call<K: Key, V: Value>(
    map: &mut Map<K, V>,
    operation: Operation,
    keys: *const K,
    inserted: *const K,
    count: usize,
    zero: u64,
) -> u64 {
    let chosen = if count > 0 { from_raw_parts(keys, count) } else { &[] };
    match operation {
        Operation::Size => map.len() as u64,
        Operation::Sum => map.values().map(|value| value.number()).sum(),
        Operation::Insert => {
            insert::<K, V>(map, chosen);
            0
        }
        Operation::Find => find::<K, V>(map, chosen),
        // Unchecked, as C++ indexes: a check would cost something, and hide none of what is waited for.
        Operation::FindChain => {
            let mut sum = 0;
            let mut last = 0;
            for i in 0..count {
                let key = *chosen.get_unchecked(i + (last & zero) as usize);
                if let Some(value) = map.get(&key.stored()) {
                    last = value.number();
                }
                sum += last;
            }
            sum
        }
        Operation::Remove => {
            let mut removed = 0;
            for key in chosen {
                removed += map.remove(&key.stored()).is_some() as u64;
            }
            removed
        }
        Operation::Churn => {
            let mut found = 0;
            for (i, old) in chosen.iter().enumerate() {
                found += map.remove(&old.stored()).is_some() as u64;
                map.insert((*inserted.add(i)).stored(), V::from_number(i));
            }
            found
        }
    }
}

unsafe fn small_lives<K: Key, V: Value>(keys: *const K, sizes: &[u8]) -> u64 {
    let mut at = 0;
    let mut sum = 0;
    for size in sizes {
        let chosen = from_raw_parts(keys.add(at), *size as usize);
        let mut map: Map<K, V> = HashMap::new();
        insert::<K, V>(&mut map, chosen);
        sum += find::<K, V>(&map, chosen);
        at += chosen.len();
    }
    sum
}

macro_rules! functions {
    ($module:ident, $types:literal, $key:ty, $value:ty) => {
        mod $module {
            use super::*;
            type ThisMap = Map<$key, $value>;

            #[export_name = concat!("rust_map_", $types, "_new")]
            pub extern "C" fn new(room: usize) -> *mut ThisMap {
                Box::into_raw(Box::new(if room > 0 { HashMap::with_capacity(room) } else { HashMap::new() }))
            }
            #[export_name = concat!("rust_map_", $types, "_free")]
            pub unsafe extern "C" fn free(map: *mut ThisMap) {
                drop(Box::from_raw(map))
            }
            #[export_name = concat!("rust_map_", $types, "_call")]
            pub unsafe extern "C" fn call(
                map: &mut ThisMap,
                operation: Operation,
                keys: *const $key,
                inserted: *const $key,
                count: usize,
                zero: u64,
            ) -> u64 {
                super::call::<$key, $value>(map, operation, keys, inserted, count, zero)
            }
            #[export_name = concat!("rust_map_", $types, "_insert_timed")]
            pub unsafe extern "C" fn insert_timed(
                map: Option<&mut ThisMap>,
                keys: *const $key,
                count: usize,
                times: *mut u64,
            ) {
                super::insert_timed::<$key, $value>(map, keys, from_raw_parts_mut(times, count))
            }
            #[export_name = concat!("rust_map_", $types, "_small_lives")]
            pub unsafe extern "C" fn small_lives(keys: *const $key, sizes: *const u8, maps: usize) -> u64 {
                super::small_lives::<$key, $value>(keys, from_raw_parts(sizes, maps))
            }
        }
    };
}

functions!(u32_u32, "u32_u32", u32, u32);
functions!(u64_u64, "u64_u64", u64, u64);
functions!(u64_56b, "u64_56B", u64, [u64; 7]);
functions!(str_u64, "str_u64", Slice, u64);

#[no_mangle]
pub unsafe extern "C" fn rust_map_wordcount(text: *const u8, size: usize, words: &mut usize) -> usize {
    let mut counts: HashMap<&str, u64> = HashMap::new();
    *words = 0;
    for word in from_raw_parts(text, size).split(|byte| *byte <= b' ') {
        if !word.is_empty() {
            *counts.entry(from_utf8_unchecked(word)).or_insert(0) += 1;
            *words += 1;
        }
    }
    counts.len()
}
