//! One measurement, and many.

use std::time::{Duration, Instant};

use packhouse_harness::process::{cpu_time, peak_memory_while};

/// What an operation took.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sample {
    /// Wall time of the client.
    pub(crate) wall: Duration,
    /// Processor time of the server with all its children.
    pub(crate) cpu: Duration,
    /// The highest anonymous memory of the server with all its children, in bytes.
    pub(crate) memory: u64,
    /// The pack that the client received, in bytes; zero where none was.
    pub(crate) received: u64,
}

/// The samples of one operation on one server.
#[derive(Debug, Default)]
pub(crate) struct Series(Vec<Sample>);

/// Runs `work` `times` times in a row and answers what one took; `work` answers the bytes that it received.
pub(crate) fn sample(server: u32, times: u32, mut work: impl FnMut() -> u64) -> Sample {
    let cpu = || cpu_time(server).map_or(Duration::ZERO, |cpu| cpu.total);
    let cpu_before = cpu();
    let ((wall, received), memory) = peak_memory_while(server, || {
        let began = Instant::now();
        let received: u64 = (0..times).map(|_| work()).sum();
        (began.elapsed(), received)
    });
    let used = cpu().saturating_sub(cpu_before);
    Sample {
        wall: wall / times,
        cpu: used / times,
        memory,
        received: received / u64::from(times),
    }
}

impl Series {
    pub(crate) fn push(&mut self, sample: Sample) {
        self.0.push(sample);
    }

    /// The median of each number on its own; the highest of memory.
    pub(crate) fn median(&self) -> Sample {
        Sample {
            wall: median(self.0.iter().map(|sample| sample.wall)),
            cpu: median(self.0.iter().map(|sample| sample.cpu)),
            memory: self.0.iter().map(|sample| sample.memory).max().unwrap_or_default(),
            received: median(self.0.iter().map(|sample| sample.received)),
        }
    }
}

fn median<T: Ord + Copy + Default>(values: impl Iterator<Item = T>) -> T {
    let mut values: Vec<_> = values.collect();
    values.sort();
    values.get(values.len() / 2).copied().unwrap_or_default()
}
