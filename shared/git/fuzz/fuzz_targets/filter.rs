//! A filter's spec reads back as the filter.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packhouse_git::filter::Filter;

fuzz_target!(|data: &[u8]| {
    if let Ok(filter) = Filter::parse(data) {
        assert_eq!(Filter::parse(&filter.spec()), Ok(filter));
    }
});
