// What rust_refs.h declares.

use std::arch::asm;
use std::slice::from_raw_parts;

pub struct Object {
    value: u64,
    _rest: [u64; 6],
}

// Reads the value, held in front of the compiler: the reference was made before, and is used.
unsafe fn read(mut object: *const Object) -> u64 {
    asm!("/* {0} */", inout(reg) object, options(nostack, preserves_flags));
    (*object).value
}

macro_rules! functions {
    ($module:ident, $kind:literal, $strong:ident) => {
        mod $module {
            use super::*;
            use std::$module::{$strong, Weak};

            pub struct Refs {
                strong: Vec<$strong<Object>>,
                weak: Vec<Weak<Object>>,
            }

            #[export_name = concat!("rust_", $kind, "_new")]
            pub extern "C" fn new(size: usize) -> *mut Refs {
                let strong: Vec<_> = (0..size).map(|i| $strong::new(Object { value: i as u64, _rest: [0; 6] })).collect();
                let weak = strong.iter().map(|object| $strong::downgrade(object)).collect();
                Box::into_raw(Box::new(Refs { strong, weak }))
            }
            // Unchecked, as C++ indexes.
            #[export_name = concat!("rust_", $kind, "_strong")]
            pub unsafe extern "C" fn strong(refs: &Refs, chosen: *const u32, count: usize) -> u64 {
                let mut sum = 0;
                for i in from_raw_parts(chosen, count) {
                    let object = refs.strong.get_unchecked(*i as usize).clone();
                    sum += read(&*object);
                }
                sum
            }
            #[export_name = concat!("rust_", $kind, "_weak")]
            pub unsafe extern "C" fn weak(refs: &Refs, chosen: *const u32, count: usize) -> u64 {
                let mut sum = 0;
                for i in from_raw_parts(chosen, count) {
                    if let Some(object) = refs.weak.get_unchecked(*i as usize).upgrade() {
                        sum += read(&*object);
                    }
                }
                sum
            }
        }
    };
}

functions!(sync, "arc", Arc);
functions!(rc, "rc", Rc);
