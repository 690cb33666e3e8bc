//! Patterns of any bytes answer for a path of any bytes. The first NUL parts the two.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packhouse_git::sparse::Patterns;

fuzz_target!(|data: &[u8]| {
    let mut parts = data.splitn(2, |&byte| byte == 0);
    let (path, content) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if let Ok(patterns) = Patterns::parse(content, 100) {
        let [outside, inside] = [false, true].map(|parent| patterns.includes(path, false, parent));
        assert!(inside || !outside);
    }
});
