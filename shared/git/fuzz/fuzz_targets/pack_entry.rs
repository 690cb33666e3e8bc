//! An entry's header reads the same once written again, and a prefix of it is never more than incomplete.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packhouse_git::hash::ObjectFormat;
use packhouse_git::pack::entry::{MAX_HEADER, Parsed, parse, write};

fuzz_target!(|data: &[u8]| {
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        match parse(format, data) {
            Parsed::Header(header) => {
                assert!(header.length <= data.len().min(MAX_HEADER));
                for end in 0..header.length {
                    assert_eq!(parse(format, &data[..end]), Parsed::Incomplete);
                }
                let mut written = Vec::new();
                write(header.content, header.size, &mut written);
                let Parsed::Header(again) = parse(format, &written) else {
                    panic!("what was written cannot be read");
                };
                assert_eq!((again.content, again.size), (header.content, header.size));
            }
            Parsed::Incomplete => assert!(data.len() < MAX_HEADER),
            Parsed::Invalid => {}
        }
    }
});
