//! A delta makes a result of the stated size or none. The first byte is the length of the base.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packhouse_git::delta::{apply, sizes};

fuzz_target!(|data: &[u8]| {
    let Some((&length, rest)) = data.split_first() else {
        return;
    };
    let (base, delta) = rest.split_at(usize::from(length).min(rest.len()));
    // As callers do, which bound the result first.
    if let Ok((_, size, _)) = sizes(delta)
        && size < 1 << 20
    {
        let mut out = Vec::new();
        if apply(base, delta, &mut out).is_ok() {
            assert_eq!(out.len() as u64, size);
        }
    }
});
