//! A line never reaches behind the input, and a buffer gives out what a slice does.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packhouse_git::pkt_line::{LineBuffer, Lines, MAX_LINE};

fuzz_target!(|data: &[u8]| {
    let mut lines = Lines::new(data);
    let mut buffer = LineBuffer::new(data.len().max(MAX_LINE));
    buffer.feed(data).expect("the buffer is large enough");
    while let Ok(Some(line)) = lines.read() {
        assert!(lines.offset() <= data.len());
        assert_eq!(buffer.read(), Ok(Some(line)));
    }
    assert_eq!(buffer.unread(), lines.rest());
});
