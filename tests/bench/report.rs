//! The table.

use std::time::Duration;

use crate::{
    measure::{Sample, Series},
    operations::{Operation, Target, pushes_per_second},
};

/// One row an operation: the numbers of http-backend packed and as pushed, Packhouse's, the ratios, the target and whether it is met.
pub(crate) fn table(rows: &[(Operation, [Series; 3])]) -> String {
    let mut table = String::from(
        "Wall time, processor time, memory, received; ratios of Packhouse to http-backend packed / as pushed.\n\n\
         | operation | http-backend, packed | http-backend, as pushed | Packhouse | wall | CPU | target | |\n\
         |---|---|---|---|---:|---:|---|---|\n",
    );
    for (operation, series) in rows {
        let [packed, pushed, ours] = series.each_ref().map(Series::median);
        let wall = [&packed, &pushed].map(|reference| ratio(ours.wall, reference.wall));
        let cpu = [&packed, &pushed].map(|reference| ratio(ours.cpu, reference.cpu));
        table.push_str(&format!(
            "| {} | {} | {} | {} | {} | {} | {} | {} |\n",
            operation.name,
            numbers(operation, &packed),
            numbers(operation, &pushed),
            numbers(operation, &ours),
            shown(wall),
            shown(cpu),
            asked(operation.target),
            verdict(operation.target, wall, cpu, &ours),
        ));
    }
    table
}

fn numbers(operation: &Operation, sample: &Sample) -> String {
    let received = match sample.received {
        0 => String::new(),
        bytes if bytes < 1_000_000 => format!(", {} kB", bytes / 1_000),
        bytes => format!(", {} MB", bytes / 1_000_000),
    };
    let rate = if operation.name.contains("pushers") {
        format!(" ({:.1} pushes/s)", pushes_per_second(sample.wall))
    } else {
        String::new()
    };
    format!(
        "{}{rate}, {}, {} MiB{received}",
        time(sample.wall),
        time(sample.cpu),
        sample.memory >> 20
    )
}

fn time(duration: Duration) -> String {
    match duration.as_secs_f64() {
        seconds if seconds < 1.0 => format!("{:.1} ms", seconds * 1e3),
        seconds => format!("{seconds:.2} s"),
    }
}

/// None where the reference took too little to compare with.
fn ratio(ours: Duration, reference: Duration) -> Option<f64> {
    (!reference.is_zero()).then(|| ours.as_secs_f64() / reference.as_secs_f64())
}

fn shown(ratios: [Option<f64>; 2]) -> String {
    ratios
        .map(|ratio| ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}")))
        .join(" / ")
}

fn asked(target: Target) -> String {
    let parts = [
        target.wall.map(|wall| format!("wall ≤ {wall}")),
        target.cpu.map(|cpu| format!("CPU ≤ {cpu}")),
        target.memory.map(|memory| format!("memory ≤ {memory} MiB")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Of a repository as pushed, half is asked where the server's time is what is measured.
fn verdict(target: Target, wall: [Option<f64>; 2], cpu: [Option<f64>; 2], ours: &Sample) -> &'static str {
    if target.wall.is_none() && target.cpu.is_none() && target.memory.is_none() {
        return "";
    }
    let within = |limit: Option<f64>, [packed, pushed]: [Option<f64>; 2], share: f64| {
        let Some(limit) = limit else { return true };
        packed.is_none_or(|ratio| ratio <= limit) && pushed.is_none_or(|ratio| ratio <= limit * share)
    };
    let share = if target.server_only { 0.5 } else { 1.0 };
    let memory = target.memory.is_none_or(|limit| ours.memory >> 20 <= limit);
    if within(target.wall, wall, share) && within(target.cpu, cpu, share) && memory {
        "met"
    } else {
        "falls short"
    }
}
