//! How much memory there is, how much the process holds, and what follows for the work.

use std::fs;
use std::path::{Path, PathBuf};

use driftline_model::RunSettings;

/// What is taken to be available where the system does not tell.
const FALLBACK_BYTES: u64 = 4 << 30;

/// Where the memory limit came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryBudget {
    /// Bytes that the run may use.
    pub bytes: u64,
    /// Where the figure comes from, such as `cgroup limit`.
    pub origin: &'static str,
}

impl MemoryBudget {
    /// The budget of a run: what was asked for, or a share of what is available to the process.
    pub fn of(run: &RunSettings) -> Self {
        if run.memory_bytes > 0 {
            return Self { bytes: run.memory_bytes, origin: "configured" };
        }
        let (available, origin) = available_bytes();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a share of a size"
        )]
        let bytes = (available as f64 * run.memory_ratio.clamp(0.01, 1.0)) as u64;
        Self { bytes, origin }
    }
}

/// Memory available to this process in bytes and who says so: the tightest of the limits of its control groups
/// and what the machine has free.
pub fn available_bytes() -> (u64, &'static str) {
    let free = fs::read_to_string("/proc/meminfo").ok().and_then(|text| field_in_kib(&text, "MemAvailable:"));
    let limit = cgroup_limit();
    match (limit, free) {
        (Some(limit), Some(free)) if limit <= free => (limit, "control group"),
        (Some(limit), None) => (limit, "control group"),
        (_, Some(free)) => (free, "available memory"),
        (None, None) => (FALLBACK_BYTES, "assumed"),
    }
}

/// What the tightest control group above this process still lets it take, with what it holds already.
fn cgroup_limit() -> Option<u64> {
    let membership = fs::read_to_string("/proc/self/cgroup").ok()?;
    let mut tightest: Option<u64> = None;
    for line in membership.lines() {
        let mut parts = line.splitn(3, ':');
        let (_, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
        let (root, limit, used) = if controllers.is_empty() {
            ("/sys/fs/cgroup", "memory.max", "memory.current")
        } else if controllers.split(',').any(|name| name == "memory") {
            ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes")
        } else {
            continue;
        };
        for folder in ancestors(Path::new(root), path) {
            let read = |name: &str| fs::read_to_string(folder.join(name)).ok()?.trim().parse::<u64>().ok();
            // Version 1 writes "no limit" as a number near the largest.
            let Some(most) = read(limit).filter(|&bytes| bytes < 1 << 60) else { continue };
            let others = read(used).unwrap_or(0).saturating_sub(resident_bytes().unwrap_or(0));
            // The cache of files counts as used but is given back under pressure; half the limit always is ours.
            let left = most.saturating_sub(others).max(most / 2);
            tightest = Some(tightest.map_or(left, |known| known.min(left)));
        }
    }
    tightest
}

/// The folder of a control group and of all groups above it. Inside a container the path may lie outside of
/// what is visible; the root then stands for it.
fn ancestors(root: &Path, path: &str) -> Vec<PathBuf> {
    let mut folder = root.join(path.trim_start_matches('/'));
    let mut folders = Vec::new();
    while folder.starts_with(root) {
        folders.push(folder.clone());
        if !folder.pop() {
            break;
        }
    }
    folders
}

/// Memory that the process holds now, in bytes; absent where the system does not tell.
pub fn resident_bytes() -> Option<u64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    field_in_kib(&text, "VmRSS:")
}

/// Most memory that the process has held at once, in bytes; absent where the system does not tell.
pub fn peak_bytes() -> Option<u64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    field_in_kib(&text, "VmHWM:")
}

/// A field such as `VmRSS:   1234 kB`, in bytes.
fn field_in_kib(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_in_bytes() {
        let text = "Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t     16 kB\n";
        assert_eq!(field_in_kib(text, "VmHWM:"), Some(2 << 20));
        assert_eq!(field_in_kib(text, "VmRSS:"), Some(16 << 10));
        assert_eq!(field_in_kib(text, "VmSwap:"), None);
    }

    #[test]
    fn groups_are_looked_at_up_to_the_root() {
        let folders = ancestors(Path::new("/sys/fs/cgroup"), "/a/b");
        let expected = ["/sys/fs/cgroup/a/b", "/sys/fs/cgroup/a", "/sys/fs/cgroup"].map(PathBuf::from);
        assert_eq!(folders, expected);
    }

    #[test]
    fn a_configured_budget_is_taken_as_it_is() {
        let run = RunSettings { memory_bytes: 300_000_000, ..RunSettings::default() };
        assert_eq!(MemoryBudget::of(&run).bytes, 300_000_000);
        let share = MemoryBudget::of(&RunSettings::default());
        assert!(share.bytes > 0 && share.bytes <= available_bytes().0.max(1 << 40));
    }
}
