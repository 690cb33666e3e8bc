//! Tar, as `archive-tar.c` of git writes it: ustar, with headers of pax for what does not fit.

use std::io::Write;

use super::{Archive, Container, Result};
use crate::find::Blob;
use crate::hash::oid;

/// What headers and contents are padded to.
const RECORD: usize = 512;
/// What an archive is padded to.
const BLOCK: usize = 20 * RECORD;
/// The largest number of eleven octal digits.
const MAX_NUMBER: u64 = 0o77_777_777_777;
/// The most of a path that a header says in one field.
const NAME: usize = 100;
/// The most of a path that may stand before that.
const PREFIX: usize = 155;

/// Git's default for `tar.umask` takes writing from others.
const FOLDER: u32 = 0o775;
const FILE: u32 = 0o664;
const EXECUTABLE: u32 = 0o775;
const LINK: u32 = 0o777;
const EXTENSION: u32 = 0o666;

/// A tar under way.
pub(super) struct Tar<W> {
    out: W,
    written: u64,
    seconds: u64,
}

/// What a header says.
struct Header<'a> {
    kind: u8,
    mode: u32,
    prefix: &'a [u8],
    name: &'a [u8],
    link: &'a [u8],
    size: u64,
}

impl<W: Write> Tar<W> {
    /// Begins with what is about all entries.
    pub(super) fn begin(out: W, archive: &Archive<'_>) -> Result<Self> {
        let mut tar = Self {
            out,
            written: 0,
            seconds: archive.seconds.min(MAX_NUMBER),
        };
        let mut records = Vec::new();
        record(&mut records, "comment", archive.commit.to_string().as_bytes());
        if archive.seconds > MAX_NUMBER {
            record(&mut records, "mtime", archive.seconds.to_string().as_bytes());
        }
        tar.extension(b'g', "pax_global_header", &records)?;
        Ok(tar)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.write_all(bytes)?;
        self.written = self.written.saturating_add(bytes.len() as u64);
        Ok(())
    }

    fn pad(&mut self, to: usize) -> Result<()> {
        let missing = self.written.next_multiple_of(to as u64).saturating_sub(self.written);
        let zeros = [0; BLOCK];
        self.write(zeros.get(..usize::try_from(missing).unwrap_or(0)).unwrap_or_default())
    }

    fn extension(&mut self, kind: u8, name: &str, records: &[u8]) -> Result<()> {
        self.header(&Header {
            kind,
            mode: EXTENSION,
            prefix: b"",
            name: name.as_bytes(),
            link: b"",
            size: records.len() as u64,
        })?;
        self.write(records)?;
        self.pad(RECORD)
    }

    fn header(&mut self, header: &Header<'_>) -> Result<()> {
        let mut out = Vec::with_capacity(RECORD);
        field(&mut out, header.name, NAME);
        octal(&mut out, header.mode.into(), 7);
        octal(&mut out, 0, 7);
        octal(&mut out, 0, 7);
        octal(&mut out, header.size, 11);
        octal(&mut out, self.seconds, 11);
        let checksum = out.len();
        out.extend_from_slice(b"        ");
        out.push(header.kind);
        field(&mut out, header.link, NAME);
        out.extend_from_slice(b"ustar\x0000");
        field(&mut out, b"root", 32);
        field(&mut out, b"root", 32);
        octal(&mut out, 0, 7);
        octal(&mut out, 0, 7);
        field(&mut out, header.prefix, PREFIX);
        out.resize(RECORD, 0);
        let sum = out.iter().map(|&byte| u64::from(byte)).sum();
        let mut digits = Vec::new();
        octal(&mut digits, sum, 7);
        out.splice(checksum..checksum.saturating_add(digits.len()), digits);
        self.write(&out)
    }

    /// Writes the headers of an entry.
    fn entry(&mut self, path: &[u8], id: &oid, (kind, mode): (u8, u32), link: &[u8], size: u64) -> Result<()> {
        let mut records = Vec::new();
        let (data, see);
        let (mut prefix, mut name) = (&b""[..], path);
        if path.len() > NAME {
            let end = prefix_length(path);
            let rest = path.get(end.saturating_add(1)..).unwrap_or_default();
            if end > 0 && rest.len() <= NAME {
                (prefix, name) = (path.get(..end).unwrap_or_default(), rest);
            } else {
                data = format!("{id}.data");
                name = data.as_bytes();
                record(&mut records, "path", path);
            }
        }
        let mut linkname = link;
        if link.len() > NAME {
            see = format!("see {id}.paxheader");
            linkname = see.as_bytes();
            record(&mut records, "linkpath", link);
        }
        if size > MAX_NUMBER {
            record(&mut records, "size", size.to_string().as_bytes());
        }
        if !records.is_empty() {
            self.extension(b'x', &format!("{id}.paxheader"), &records)?;
        }
        self.header(&Header {
            kind,
            mode,
            prefix,
            name,
            link: linkname,
            size: if size > MAX_NUMBER { 0 } else { size },
        })
    }
}

impl<W: Write> Container for Tar<W> {
    fn folder(&mut self, path: &[u8], id: &oid) -> Result<()> {
        self.entry(path, id, (b'5', FOLDER), b"", 0)
    }

    fn link(&mut self, path: &[u8], id: &oid, target: &[u8]) -> Result<()> {
        self.entry(path, id, (b'2', LINK), target, 0)
    }

    fn file(&mut self, path: &[u8], id: &oid, executable: bool, content: Blob<'_>) -> Result<()> {
        let mode = if executable { EXECUTABLE } else { FILE };
        self.entry(path, id, (b'0', mode), b"", content.size)?;
        for piece in content.pieces {
            self.write(&piece?)?;
        }
        self.pad(RECORD)
    }

    fn finish(mut self) -> Result<()> {
        // At least two empty records, then the rest of the block.
        self.write(&[0; 2 * RECORD])?;
        self.pad(BLOCK)
    }
}

/// How much of a long path is in the field for prefixes, without the slash behind it; nothing where it cannot be cut.
fn prefix_length(path: &[u8]) -> usize {
    let without_slash = path.strip_suffix(b"/").unwrap_or(path);
    let window = without_slash.get(..PREFIX).unwrap_or(without_slash);
    // A slash at the start is no place to cut.
    window.iter().rposition(|&byte| byte == b'/').unwrap_or(0)
}

/// A text in a field of that width.
fn field(out: &mut Vec<u8>, text: &[u8], width: usize) {
    let end = out.len().saturating_add(width);
    out.extend_from_slice(text.get(..width).unwrap_or(text));
    out.resize(end, 0);
}

/// A number with so many digits, and a zero byte.
fn octal(out: &mut Vec<u8>, number: u64, digits: usize) {
    out.extend_from_slice(format!("{number:0digits$o}\0").as_bytes());
}

/// A record of pax: its length, which counts its own digits, a keyword, and a value.
fn record(out: &mut Vec<u8>, keyword: &str, value: &[u8]) {
    let without_digits = keyword.len().saturating_add(value.len()).saturating_add(3);
    let digits = |length: usize| length.to_string().len();
    let mut length = without_digits;
    while length != without_digits.saturating_add(digits(length)) {
        length = without_digits.saturating_add(digits(length));
    }
    out.extend_from_slice(format!("{length} {keyword}=").as_bytes());
    out.extend_from_slice(value);
    out.push(b'\n');
}
