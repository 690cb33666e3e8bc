//! What the numbers were measured on.

use std::fs;

use packhouse_harness::Git;

/// Processor, cores, memory and git of this machine, in one line.
pub(crate) fn description() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .unwrap_or(": unknown processor");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kib = memory.lines().find_map(|line| {
        line.strip_prefix("MemTotal:")?
            .trim()
            .strip_suffix(" kB")?
            .parse::<u64>()
            .ok()
    });
    let model = model.trim_start_matches([' ', '\t', ':']);
    let gib = (kib.unwrap_or(0) + (1 << 19)) >> 20;
    format!(
        "Machine: {model}, {cores} cores, {gib} GiB; git {} as client and reference",
        Git::newest().version()
    )
}
