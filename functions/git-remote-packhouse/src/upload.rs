//! The way of a pack into the server's blob store.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use ureq::SendBody;

use crate::api::{Api, Begun, Failure, Part};
use crate::progress::{EVERY, Meter};

/// How many parts are on their way at once.
const AT_ONCE: usize = 4;
/// For how many parts URLs are asked for at once: they have an hour to be used.
const ASKED_AT_ONCE: usize = 8;
/// How many parts one question may name.
pub(crate) const MAX_ASKED: usize = 100;
/// How long to wait before each further attempt to send a part, in milliseconds.
const PAUSES: [u64; 6] = [500, 1_000, 2_000, 4_000, 8_000, 16_000];
/// The slowest that a part may be, in bytes a second, and what it gets in any case.
const SLOWEST: u64 = 8 << 10;
const LEAST_TIME: u64 = 300;
/// How long the store may take to answer when it has all of a part.
const ANSWER_TIME: Duration = Duration::from_secs(120);

/// A pack on its way.
struct Transfer<'a> {
    api: &'a Api<'a>,
    upload: &'a str,
    bytes: u64,
    part_bytes: u64,
    pack: &'a Path,
    /// Parts that nobody has begun with, and where parts go that were asked for.
    todo: Mutex<Todo>,
    sent: AtomicU64,
    is_over: AtomicBool,
}

#[derive(Default)]
struct Todo {
    waiting: VecDeque<u32>,
    places: BTreeMap<u32, Part>,
}

/// How an attempt to send a part ended.
enum Sent {
    Stored,
    /// Worth another attempt, for this reason.
    Failed(String),
}

/// Sends all parts that are not there yet, several at once.
pub(crate) fn upload(api: &Api<'_>, begun: &Begun, pack: &Path, bytes: u64, progress: bool) -> Result<()> {
    let numbers: Vec<u32> = (1..=begun.parts).collect();
    let (mut waiting, mut there) = (VecDeque::new(), 0);
    let mut places = BTreeMap::new();
    for numbers in numbers.chunks(MAX_ASKED) {
        for part in api.parts(&begun.upload, bytes, numbers)? {
            if part.bytes != length_of(part.part, begun.part_bytes, bytes) {
                bail!("the server wants part {} with {} bytes", part.part, part.bytes);
            }
            if part.stored {
                there += part.bytes;
            } else {
                waiting.push_back(part.part);
                // Later ones would be too old by the time that they are used.
                if places.len() < ASKED_AT_ONCE {
                    places.insert(part.part, part);
                }
            }
        }
    }
    let meter = Meter::new(bytes, there, progress);
    let transfer = Transfer {
        api,
        upload: &begun.upload,
        bytes,
        part_bytes: begun.part_bytes,
        pack,
        todo: Mutex::new(Todo { waiting, places }),
        sent: AtomicU64::new(there),
        is_over: AtomicBool::new(false),
    };
    transfer.run(&meter)?;
    meter.finish();
    Ok(())
}

fn length_of(part: u32, part_bytes: u64, bytes: u64) -> u64 {
    let before = u64::from(part.saturating_sub(1)).saturating_mul(part_bytes);
    part_bytes.min(bytes.saturating_sub(before))
}

impl Transfer<'_> {
    fn run(&self, meter: &Meter) -> Result<()> {
        let (ended, workers) = mpsc::channel::<Result<()>>();
        thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                let ended = ended.clone();
                scope.spawn(move || {
                    let worked = self.work();
                    if worked.is_err() {
                        self.is_over.store(true, Ordering::Relaxed);
                    }
                    // Somebody reads until all workers have ended.
                    drop(ended.send(worked));
                });
            }
            drop(ended);
            let mut outcome = Ok(());
            loop {
                match workers.recv_timeout(EVERY) {
                    Ok(worked) => outcome = outcome.and(worked),
                    Err(mpsc::RecvTimeoutError::Timeout) => meter.show(self.sent.load(Ordering::Relaxed)),
                    Err(mpsc::RecvTimeoutError::Disconnected) => return outcome,
                }
            }
        })
    }

    fn todo(&self) -> MutexGuard<'_, Todo> {
        self.todo.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends parts as long as there are some.
    fn work(&self) -> Result<()> {
        let mut file = File::open(self.pack).with_context(|| format!("cannot read {}", self.pack.display()))?;
        loop {
            let next = self.todo().waiting.pop_front();
            let Some(number) = next.filter(|_| !self.is_over.load(Ordering::Relaxed)) else {
                return Ok(());
            };
            self.send_one(number, &mut file)?;
        }
    }

    /// Sends one part, however many attempts that takes.
    fn send_one(&self, number: u32, file: &mut File) -> Result<()> {
        let mut pauses = PAUSES.iter();
        loop {
            let part = self.place_of(number)?;
            if part.stored {
                return Ok(());
            }
            let why = match self.put(&part, file)? {
                Sent::Stored => return Ok(()),
                Sent::Failed(why) => why,
            };
            let Some(pause) = pauses.next() else {
                bail!("part {number} of the pack cannot be uploaded: {why}");
            };
            // So that they do not all come back at the same time.
            let apart = Duration::from_millis(u64::from(number % 8) * 100);
            thread::sleep(Duration::from_millis(*pause) + apart);
            if self.is_over.load(Ordering::Relaxed) {
                bail!("the upload was given up");
            }
        }
    }

    /// Where a part goes; a place is used once. What is asked for anew may be there by now.
    fn place_of(&self, number: u32) -> Result<Part> {
        let mut todo = self.todo();
        if let Some(part) = todo.places.remove(&number) {
            return Ok(part);
        }
        let mut numbers = vec![number];
        numbers.extend(todo.waiting.iter().take(ASKED_AT_ONCE - 1));
        let answered = self.api.parts(self.upload, self.bytes, &numbers)?;
        todo.places.extend(answered.into_iter().map(|part| (part.part, part)));
        let place = todo.places.remove(&number);
        place.ok_or_else(|| anyhow!("the server does not tell where part {number} goes"))
    }

    /// Sends a part to its place.
    fn put(&self, part: &Part, file: &mut File) -> Result<Sent> {
        let url = self.api.remote().resolve(&part.url)?;
        let length = length_of(part.part, self.part_bytes, self.bytes);
        let offset = u64::from(part.part.saturating_sub(1)).saturating_mul(self.part_bytes);
        file.seek(SeekFrom::Start(offset)).context("cannot read the pack")?;
        let mut body = Counted {
            rest: file.take(length),
            counted: 0,
            sent: &self.sent,
            is_over: &self.is_over,
        };
        let agent = self.api.agents.of(&url)?;
        let mut request = agent.put(&url).header("Content-Length", length.to_string());
        for (name, value) in &part.headers {
            request = request.header(name, value);
        }
        let time = Duration::from_secs((length / SLOWEST).max(LEAST_TIME));
        let request = request
            .config()
            .timeout_send_body(Some(time))
            .timeout_recv_response(Some(ANSWER_TIME))
            .build();
        let answer = match request.send(SendBody::from_reader(&mut body)) {
            Ok(answer) => answer,
            Err(error) => {
                body.take_back();
                return Ok(Sent::Failed(error.to_string()));
            }
        };
        let status = answer.status().as_u16();
        match status {
            200..=299 => return Ok(Sent::Stored),
            // It is there: an earlier attempt has come to its end after all. Its length was checked then as well.
            412 => return Ok(Sent::Stored),
            _ => body.take_back(),
        }
        match status {
            // Expired; two at once; busy.
            403 | 408 | 409 | 429 | 500..=599 => Ok(Sent::Failed(format!("the store says {}", answer.status()))),
            _ => Err(Failure::Refused {
                status,
                message: "the store does not take the pack".into(),
            }
            .into()),
        }
    }
}

/// A part of a file that counts what is read of it.
struct Counted<'a, R> {
    rest: R,
    counted: u64,
    sent: &'a AtomicU64,
    is_over: &'a AtomicBool,
}

impl<R> Counted<'_, R> {
    /// What was sent is of no use.
    fn take_back(&mut self) {
        self.sent
            .fetch_sub(std::mem::take(&mut self.counted), Ordering::Relaxed);
    }
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_over.load(Ordering::Relaxed) {
            return Err(io::Error::other("the upload was given up"));
        }
        let count = self.rest.read(buffer)?;
        self.counted += count as u64;
        self.sent.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
