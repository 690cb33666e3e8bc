//! The table.

use std::time::Duration;

use crate::{
    measure::{Sample, Series},
    operations::{Operation, Target, pushes_per_second},
};

/// One row an operation: http-backend's numbers, Packhouse's, the ratios, the target and whether it is met.
pub(crate) fn table(rows: &[(Operation, [Series; 2])]) -> String {
    let mut table = String::from(
        "| operation | http-backend: wall, CPU, memory, received | Packhouse: wall, CPU, memory, received | wall | CPU | target | |\n\
         |---|---|---|---:|---:|---|---|\n",
    );
    for (operation, series) in rows {
        let [reference, ours] = series.each_ref().map(Series::median);
        let wall = ratio(ours.wall, reference.wall);
        let cpu = ratio(ours.cpu, reference.cpu);
        table.push_str(&format!(
            "| {} | {} | {} | {} | {} | {} | {} |\n",
            operation.name,
            numbers(operation, &reference),
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

fn shown(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"))
}

fn asked(target: Target) -> String {
    let parts = [
        target.wall.map(|wall| format!("wall ≤ {wall}")),
        target.cpu.map(|cpu| format!("CPU ≤ {cpu}")),
        target.memory.map(|memory| format!("memory ≤ {memory} MiB")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn verdict(target: Target, wall: Option<f64>, cpu: Option<f64>, ours: &Sample) -> &'static str {
    if target.wall.is_none() && target.cpu.is_none() && target.memory.is_none() {
        return "";
    }
    let within = |limit: Option<f64>, ratio: Option<f64>| limit.zip(ratio).is_none_or(|(limit, ratio)| ratio <= limit);
    let memory = target.memory.is_none_or(|limit| ours.memory >> 20 <= limit);
    if within(target.wall, wall) && within(target.cpu, cpu) && memory {
        "met"
    } else {
        "falls short"
    }
}
