//! Zip, as the application note of PKWARE has it: written from front to back, so what is known only behind a large file
//! stands behind it.

use std::io::{self, Write};

use crc32fast::Hasher;
use sirocco::Format as Compressed;
use sirocco::deflate::{Level, Writer};

use super::{Archive, ArchiveError, Container, Result};
use crate::find::Blob;
use crate::hash::{ObjectId, oid};

/// Files of at most this size are compressed before their header is written.
const WHOLE: u64 = 1 << 20;
/// The largest number that has no need of the fields of 64 bits.
const MAX_32: u64 = 0xffff_fffe;
/// Larger files might not fit into 32 bits once compressed.
const MAX_PLAIN: u64 = 0xff00_0000;
/// The longest directory, in bytes.
const MAX_DIRECTORY: usize = 128 << 20;

const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// Sizes and checksum are behind the data.
const FOLLOWS: u16 = 1 << 3;
/// The name is UTF-8.
const UTF8: u16 = 1 << 11;
/// The version of the format with fields of 64 bits.
const WIDE: u16 = 45;
/// Written on Unix, so that modes count, by a program that knows version 6.3.
const UNIX: u16 = (3 << 8) | 63;

const FOLDER: u32 = 0o040_755;
const FILE: u32 = 0o100_644;
const EXECUTABLE: u32 = 0o100_755;
const LINK: u32 = 0o120_777;

/// A zip under way.
pub(super) struct Zip<W> {
    out: Counted<W>,
    commit: ObjectId,
    seconds: u64,
    directory: Vec<u8>,
    count: u64,
}

/// Counts what is written.
struct Counted<W> {
    out: W,
    written: u64,
}

/// An entry.
struct Member<'a> {
    path: &'a [u8],
    mode: u32,
    method: u16,
    flags: u16,
    crc: u32,
    compressed: u64,
    size: u64,
    offset: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.written = self.written.saturating_add(written as u64);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl<W: Write> Zip<W> {
    pub(super) fn begin(out: W, archive: &Archive<'_>) -> Self {
        Self {
            out: Counted { out, written: 0 },
            commit: archive.commit,
            seconds: archive.seconds,
            directory: Vec::new(),
            count: 0,
        }
    }

    /// As if so much stood before what comes now.
    #[cfg(test)]
    pub(super) fn pretend_written(&mut self, bytes: u64) {
        self.out.written = bytes;
    }

    fn member<'a>(&self, path: &'a [u8], mode: u32) -> Member<'a> {
        Member {
            path,
            mode,
            method: STORED,
            // Names that are no UTF-8 are told as they are.
            flags: if !path.is_ascii() && std::str::from_utf8(path).is_ok() {
                UTF8
            } else {
                0
            },
            crc: 0,
            compressed: 0,
            size: 0,
            offset: self.out.written,
        }
    }

    /// An entry whose content is in memory, compressed where that makes it smaller.
    fn whole(&mut self, mut member: Member<'_>, content: &[u8], compresses: bool) -> Result<()> {
        member.crc = crc32fast::hash(content);
        member.size = content.len() as u64;
        let deflated = if compresses {
            sirocco::compress(Compressed::Deflate, Level::DEFAULT, content)
        } else {
            Vec::new()
        };
        let is_smaller = compresses && deflated.len() < content.len();
        let data = if is_smaller { &deflated } else { content };
        member.method = if is_smaller { DEFLATED } else { STORED };
        member.compressed = data.len() as u64;
        self.local_header(&member, false)?;
        self.out.write_all(data)?;
        self.list(&member)
    }

    /// An entry that is compressed as it is read.
    fn streamed(&mut self, mut member: Member<'_>, content: Blob<'_>) -> Result<()> {
        member.method = DEFLATED;
        member.flags |= FOLLOWS;
        let is_wide = content.size > MAX_PLAIN;
        self.local_header(&member, is_wide)?;
        let before = self.out.written;
        let mut deflater = Writer::new(Compressed::Deflate, Level::DEFAULT, &mut self.out);
        let mut hasher = Hasher::new();
        for piece in content.pieces {
            let piece = piece?;
            hasher.update(&piece);
            member.size = member.size.saturating_add(piece.len() as u64);
            deflater.write_all(&piece)?;
        }
        deflater.finish()?;
        member.crc = hasher.finalize();
        member.compressed = self.out.written.saturating_sub(before);
        let mut descriptor = Vec::new();
        long(&mut descriptor, 0x0807_4b50);
        long(&mut descriptor, member.crc);
        for size in [member.compressed, member.size] {
            if is_wide {
                quad(&mut descriptor, size);
            } else {
                long(&mut descriptor, low(size));
            }
        }
        self.out.write_all(&descriptor)?;
        self.list(&member)
    }

    fn local_header(&mut self, member: &Member<'_>, is_wide: bool) -> Result<()> {
        let mut out = Vec::with_capacity(64);
        let mut extra = self.time_extra();
        long(&mut out, 0x0403_4b50);
        word(&mut out, if is_wide { WIDE } else { 20 });
        self.common(&mut out, member);
        if is_wide {
            // What follows in the descriptor has 64 bits.
            long(&mut out, u32::MAX);
            long(&mut out, u32::MAX);
            wide_extra(&mut extra, &[0, 0]);
        } else {
            long(&mut out, low(member.compressed));
            long(&mut out, low(member.size));
        }
        word(&mut out, length(member.path));
        word(&mut out, length(&extra));
        out.extend_from_slice(member.path);
        out.extend_from_slice(&extra);
        self.out.write_all(&out)?;
        Ok(())
    }

    /// Adds an entry to the directory.
    fn list(&mut self, member: &Member<'_>) -> Result<()> {
        let wide: Vec<u64> = [member.size, member.compressed, member.offset]
            .into_iter()
            .filter(|&number| number > MAX_32)
            .collect();
        let mut extra = self.time_extra();
        if !wide.is_empty() {
            wide_extra(&mut extra, &wide);
        }
        let mut out = std::mem::take(&mut self.directory);
        long(&mut out, 0x0201_4b50);
        word(&mut out, UNIX);
        word(&mut out, if wide.is_empty() { 20 } else { WIDE });
        self.common(&mut out, member);
        long(&mut out, low(member.compressed));
        long(&mut out, low(member.size));
        word(&mut out, length(member.path));
        word(&mut out, length(&extra));
        // No comment, the first disk, no attributes of its own.
        out.extend_from_slice(&[0; 6]);
        let is_folder = u32::from(member.mode == FOLDER);
        long(&mut out, (member.mode << 16) | (is_folder << 4));
        long(&mut out, low(member.offset));
        out.extend_from_slice(member.path);
        out.extend_from_slice(&extra);
        self.directory = out;
        self.count = self.count.saturating_add(1);
        if self.directory.len() > MAX_DIRECTORY {
            return Err(ArchiveError::TooMany);
        }
        Ok(())
    }

    /// What both headers have in the middle.
    fn common(&self, out: &mut Vec<u8>, member: &Member<'_>) {
        let (date, time) = dos(self.seconds);
        word(out, member.flags);
        word(out, member.method);
        word(out, time);
        word(out, date);
        // In a local header with a descriptor it is not known yet.
        long(out, member.crc);
    }

    /// The exact time: the other one has no zone, and two seconds are its least.
    fn time_extra(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(9);
        if let Ok(seconds) = u32::try_from(self.seconds) {
            word(&mut out, 0x5455);
            word(&mut out, 5);
            out.push(1);
            long(&mut out, seconds);
        }
        out
    }
}

impl<W: Write> Container for Zip<W> {
    fn folder(&mut self, path: &[u8], _id: &oid) -> Result<()> {
        self.whole(self.member(path, FOLDER), b"", false)
    }

    fn link(&mut self, path: &[u8], _id: &oid, target: &[u8]) -> Result<()> {
        self.whole(self.member(path, LINK), target, false)
    }

    fn file(&mut self, path: &[u8], _id: &oid, executable: bool, content: Blob<'_>) -> Result<()> {
        let member = self.member(path, if executable { EXECUTABLE } else { FILE });
        if content.size > WHOLE {
            return self.streamed(member, content);
        }
        let content = content.read()?;
        self.whole(member, &content, true)
    }

    fn finish(mut self) -> Result<()> {
        let start = self.out.written;
        let directory = std::mem::take(&mut self.directory);
        self.out.write_all(&directory)?;
        let size = directory.len() as u64;
        let end = self.out.written;
        let mut out = Vec::new();
        if start > MAX_32 || self.count >= u64::from(u16::MAX) {
            long(&mut out, 0x0606_4b50);
            quad(&mut out, 44);
            word(&mut out, UNIX);
            word(&mut out, WIDE);
            quad(&mut out, 0);
            for number in [self.count, self.count, size, start] {
                quad(&mut out, number);
            }
            long(&mut out, 0x0706_4b50);
            long(&mut out, 0);
            quad(&mut out, end);
            long(&mut out, 1);
        }
        let comment = self.commit.to_string();
        let count = u16::try_from(self.count).unwrap_or(u16::MAX);
        long(&mut out, 0x0605_4b50);
        long(&mut out, 0);
        word(&mut out, count);
        word(&mut out, count);
        long(&mut out, low(size));
        long(&mut out, low(start));
        word(&mut out, length(comment.as_bytes()));
        out.extend_from_slice(comment.as_bytes());
        self.out.write_all(&out)?;
        Ok(())
    }
}

fn word(out: &mut Vec<u8>, number: u16) {
    out.extend_from_slice(&number.to_le_bytes());
}

fn long(out: &mut Vec<u8>, number: u32) {
    out.extend_from_slice(&number.to_le_bytes());
}

fn quad(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(&number.to_le_bytes());
}

/// The number, or what says that it is among those of 64 bits.
fn low(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// How long a field is; [`MAX_PATH`](super::MAX_PATH) sees to it that it fits.
fn length(field: &[u8]) -> u16 {
    u16::try_from(field.len()).unwrap_or(u16::MAX)
}

fn wide_extra(out: &mut Vec<u8>, numbers: &[u64]) {
    word(out, 1);
    word(out, u16::try_from(numbers.len().saturating_mul(8)).unwrap_or(u16::MAX));
    for &number in numbers {
        quad(out, number);
    }
}

/// Date and time in UTC as MS-DOS has them: from 1980 to 2107, in steps of two seconds.
fn dos(seconds: u64) -> (u16, u16) {
    const FIRST: u64 = 315_532_800;
    const LAST: u64 = 4_354_819_198;
    let seconds = seconds.clamp(FIRST, LAST);
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Years that begin in March, counted from the year 0, so that a leap day is the last of its year.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next_year) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = era * 400 + year + next_year;
    let date = ((year - 1980) << 9) | (month << 5) | day;
    let time = ((second / 3600) << 11) | ((second / 60 % 60) << 5) | (second % 60 / 2);
    let fits = |number: u64| u16::try_from(number).unwrap_or(u16::MAX);
    (fits(date), fits(time))
}
