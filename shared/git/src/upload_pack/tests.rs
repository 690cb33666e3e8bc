//! Transcripts are Git 2.47's own, made with `git upload-pack --stateless-rpc` on a repository of two commits: `main` is
//! the child of `dev`, and the annotated tag `v1` points to `main`.

mod advertise;
mod fetch;
mod haves;
mod v0;
mod v2;

use super::*;
use crate::pkt_line;

const MAIN: &str = "635eb4d81d8cc414e6b86e5ff6d78a6d22d97f78";
const DEV: &str = "57ef6b409b72f867c799347c562551b1a76536d6";
const TAG: &str = "c08110aa04020369946556076306ca23b3df9e13";
const UNKNOWN: &str = "1111111111111111111111111111111111111111";

const SERVER: Server<'_> = Server {
    format: ObjectFormat::Sha1,
    agent: "git/2.47.3",
    session_id: None,
    features: Features::ALL,
};

fn id(hex: &str) -> ObjectId {
    ObjectId::from_hex(hex.as_bytes()).unwrap()
}

/// A message of these lines, where `0000`, `0001` and `0002` are the special packets. `main`, `dev` and `unknown` in
/// angle brackets stand for their ids.
fn message(lines: &[&str]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in lines {
        match *line {
            "0000" | "0001" | "0002" => out.extend_from_slice(line.as_bytes()),
            _ => pkt_line::write(&mut out, &[expand(line).as_bytes()]).unwrap(),
        }
    }
    out
}

fn expand(text: &str) -> String {
    text.replace("<main>", MAIN)
        .replace("<dev>", DEV)
        .replace("<unknown>", UNKNOWN)
        .replace("<tag>", TAG)
}

fn text(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}
