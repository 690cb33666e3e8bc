//! A request of protocol version 0 is parsed or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packhouse_git::hash::ObjectFormat;
use packhouse_git::upload_pack::{Features, Server, parse_v0};

fuzz_target!(|data: &[u8]| {
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let server = Server {
            format,
            agent: "fuzz",
            session_id: Some("fuzz"),
            features: Features::ALL,
        };
        if let Err(error) = parse_v0(data, &server) {
            assert!(error.to_string().len() < 2000);
        }
    }
});
