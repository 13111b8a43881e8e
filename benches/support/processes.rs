//! What the system says of a process.

use std::fs::read_to_string;
use std::time::Duration;

/// Returns the CPU time that a process has spent, in steps of 10 ms.
pub fn cpu_time(process: u32) -> Duration {
    let stat = read_to_string(format!("/proc/{process}/stat")).expect("Linux");
    // Behind the name of the program, which may contain blanks.
    let fields = stat.rsplit(')').next().expect("the fields").split_whitespace().skip(11).take(2);
    let ticks: u64 = fields.map(|field| field.parse::<u64>().expect("a number")).sum();
    Duration::from_millis(10 * ticks)
}

/// Returns the memory of a process that is resident.
pub fn resident_bytes(process: u32) -> usize {
    let status = read_to_string(format!("/proc/{process}/status")).expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the resident memory");
    let kib: usize = line.trim().trim_end_matches(" kB").parse().expect("a number");
    kib << 10
}

/// Returns the number of files that this process, and those that it starts, may have open.
pub fn max_open_files() -> usize {
    let limits = read_to_string("/proc/self/limits").expect("Linux");
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).expect("the limit");
    let limit = line.split_whitespace().next().expect("a number");
    limit.parse().unwrap_or(usize::MAX) // it may be `unlimited`
}
