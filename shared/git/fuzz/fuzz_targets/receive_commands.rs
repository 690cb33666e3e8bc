//! Commands mean the same in one piece and byte by byte.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packhouse_git::hash::ObjectFormat;
use packhouse_git::receive_pack::{CommandParser, Commands, Error, Limits, Progress};

const LIMITS: Limits = Limits {
    commands: 100,
    push_options: 10,
    bytes: 100_000,
};

fn parse(data: &[u8], size: usize) -> Result<Option<(usize, Commands)>, Error> {
    let mut parser = CommandParser::new(ObjectFormat::Sha1, LIMITS);
    for (at, piece) in data.chunks(size).enumerate() {
        if let Progress::Done { consumed, commands } = parser.feed(piece)? {
            assert!(consumed <= piece.len());
            return Ok(Some((at * size + consumed, commands)));
        }
    }
    Ok(None)
}

fuzz_target!(|data: &[u8]| {
    assert_eq!(parse(data, data.len().max(1)), parse(data, 1));
});
