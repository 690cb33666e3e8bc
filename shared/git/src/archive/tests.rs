mod differential;
mod unzip;

use std::io::{self, Write};

use bytes::Bytes;

use super::tar::Tar;
use super::zip::Zip;
use super::{Archive, ArchiveError, Container as _, Format, MAX_PATH, write};
use crate::find::{Blob, FindError, WalkError};
use crate::hash::ObjectId;
use crate::object::Kind;
use crate::testing::{Objects, id};
use crate::tree::{Entry, Mode, write_tree};

fn archive(tree: ObjectId) -> Archive<'static> {
    Archive {
        commit: id(1),
        seconds: 1_700_000_001,
        tree,
        prefix: "",
    }
}

fn entry(mode: Mode, name: &str, id: ObjectId) -> Entry {
    Entry {
        mode,
        name: name.into(),
        id,
    }
}

/// A blob of that size, without holding it.
fn zeros(size: u64) -> Blob<'static> {
    static PIECE: [u8; 1 << 20] = [0; 1 << 20];
    let piece = Bytes::from_static(&PIECE);
    let length = piece.len() as u64;
    let piece = move |at: u64| Ok(piece.slice(..usize::try_from(length.min(size - at * length)).unwrap()));
    Blob {
        size,
        pieces: Box::new((0..size.div_ceil(length)).map(piece)),
    }
}

/// Keeps the start of what is written, and how long it is.
#[derive(Default)]
struct Start(Vec<u8>, u64);

impl Write for Start {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1 += bytes.len() as u64;
        let room = 4096usize.saturating_sub(self.0.len());
        self.0.extend_from_slice(&bytes[..bytes.len().min(room)]);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_tar_says_the_size_of_a_very_large_file_in_a_header_of_its_own() {
    let mut out = Start::default();
    let size = 8u64 << 30;
    let mut tar = Tar::begin(&mut out, &archive(id(2))).unwrap();
    tar.file(b"large", &id(3), false, zeros(size)).unwrap();
    tar.finish().unwrap();
    let header = String::from_utf8_lossy(&out.0[1024..1536]).into_owned();
    assert!(header.starts_with(&format!("{}.paxheader", id(3))), "{header}");
    assert!(out.0[1536..].starts_with(b"19 size=8589934592\n"));
    assert_eq!(&out.0[2048 + 124..2048 + 136], b"00000000000\0");
    assert!(out.1 > size && out.1 < size + 20_480 && out.1 % 10_240 == 0);
}

#[test]
fn a_zip_of_very_large_files_has_fields_of_64_bits() {
    let mut out = Vec::new();
    let mut zip = Zip::begin(&mut out, &archive(id(2)));
    // It is not as large as it says, which shows only in how the entry is written.
    let content = Blob {
        size: 5 << 30,
        ..zeros(2 << 20)
    };
    zip.file(b"large", &id(3), false, content).unwrap();
    zip.file(b"small", &id(4), true, zeros(3)).unwrap();
    zip.finish().unwrap();
    let found = unzip::entries(&out);
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].content.len(), found[1].content.len()), (2 << 20, 3));

    let mut out = Vec::new();
    let mut zip = Zip::begin(&mut out, &archive(id(2)));
    zip.pretend_written(6 << 30);
    zip.file(b"behind", &id(3), false, zeros(3)).unwrap();
    zip.finish().unwrap();
    let end = unzip::end(&out);
    assert_eq!(end.count, 1);
    assert!(end.start > 6 << 30);
}

#[test]
fn an_archive_of_the_same_commit_is_the_same_and_ends_where_its_reader_does() {
    let mut objects = Objects::default();
    let blob = objects.add(Kind::Blob, vec![7; 100_000]);
    let tree = objects.add(Kind::Tree, write_tree(vec![entry(Mode::Normal, "a", blob)]));
    for format in [Format::Tar, Format::TarGz, Format::Zip] {
        let made = || {
            let mut out = Vec::new();
            write(&objects, &archive(tree), format, &mut out).unwrap();
            out
        };
        assert_eq!(made(), made());
        let mut short = [0; 100];
        let failed = write(&objects, &archive(tree), format, &mut short[..]);
        assert!(matches!(failed, Err(ArchiveError::Write(_))), "{format:?}");
    }
}

#[test]
fn what_cannot_be_archived_is_an_error() {
    let mut objects = Objects::default();
    let lone = objects.add(Kind::Tree, write_tree(vec![entry(Mode::Normal, "a", id(9))]));
    let failed = |objects: &Objects, tree| write(objects, &archive(tree), Format::Zip, io::sink()).unwrap_err();
    let missing = failed(&objects, lone);
    assert!(matches!(
        missing,
        ArchiveError::Walk(WalkError::Find(FindError::Missing(_)))
    ));

    let target = objects.add(Kind::Blob, vec![b'x'; MAX_PATH + 1]);
    let link = objects.add(Kind::Tree, write_tree(vec![entry(Mode::Symlink, "a", target)]));
    assert!(matches!(failed(&objects, link), ArchiveError::TooLong(_)));

    let mut deep = lone;
    for _ in 0..=MAX_PATH / 2 {
        deep = objects.add(Kind::Tree, write_tree(vec![entry(Mode::Tree, "d", deep)]));
    }
    assert!(matches!(failed(&objects, deep), ArchiveError::TooLong(_)));

    // Forty trees that stand for 10^40 folders.
    let mut many = objects.add(Kind::Tree, Vec::new());
    for _ in 0..40 {
        let entries = (0..10).map(|name| entry(Mode::Tree, &name.to_string(), many)).collect();
        many = objects.add(Kind::Tree, write_tree(entries));
    }
    assert!(matches!(
        failed(&objects, many),
        ArchiveError::Walk(WalkError::TooFar(_))
    ));
}
