//! A line splits into what it says and its capabilities, and each of these can be looked up.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packhouse_git::capabilities::Capabilities;

fuzz_target!(|data: &[u8]| {
    let (said, list) = Capabilities::split(data);
    assert!(data.starts_with(said));
    for (key, _) in list.unwrap_or_default().iter().take(20) {
        if let Ok(key) = std::str::from_utf8(key) {
            assert!(list.unwrap_or_default().has(key));
        }
    }
});
