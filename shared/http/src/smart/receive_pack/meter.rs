//! How far a push is, in git's words.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use packhouse_storage::push::Progress;

/// Tells what has changed since it was asked last.
pub(super) struct Meter {
    progress: Arc<Progress>,
    /// Whether the objects come from elsewhere, so that the client does not see itself how many it has sent.
    receiving: bool,
    received: u32,
    resolved: u32,
}

impl Meter {
    pub(super) const fn new(progress: Arc<Progress>, receiving: bool) -> Self {
        Self {
            progress,
            receiving,
            received: 0,
            resolved: 0,
        }
    }

    /// `Receiving objects: 50% (1/2)` or `Resolving deltas: 50% (1/2)`, when that has changed.
    pub(super) fn tick(&mut self) -> Option<String> {
        let read = |count: &std::sync::atomic::AtomicU32| count.load(Ordering::Relaxed);
        let Progress {
            declared,
            received,
            deltas,
            resolved,
        } = &*self.progress;
        if self.receiving
            && let Some(line) = line("Receiving objects", read(received), read(declared), &mut self.received)
        {
            return Some(line);
        }
        line("Resolving deltas", read(resolved), read(deltas), &mut self.resolved)
    }
}

fn line(what: &str, done: u32, total: u32, last: &mut u32) -> Option<String> {
    let percent = u32::try_from(u64::from(done) * 100 / u64::from(total.max(1)))
        .unwrap_or(100)
        .min(100);
    if total == 0 || percent == *last {
        return None;
    }
    *last = percent;
    let end = if done >= total { ", done.\n" } else { "\r" };
    Some(format!("{what}: {percent}% ({done}/{total}){end}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_is_told_once_and_its_end_on_a_line_of_its_own() {
        let progress = Arc::new(Progress::default());
        let mut meter = Meter::new(Arc::clone(&progress), true);
        let mut check = |set: &[(&std::sync::atomic::AtomicU32, u32)], expect: Option<&str>| {
            for (count, value) in set {
                count.store(*value, Ordering::Relaxed);
            }
            assert_eq!(meter.tick().as_deref(), expect);
        };
        check(&[], None);
        check(&[(&progress.declared, 1000)], None);
        check(
            &[(&progress.received, 500)],
            Some("Receiving objects: 50% (500/1000)\r"),
        );
        check(&[(&progress.received, 501)], None);
        check(
            &[(&progress.received, 1000)],
            Some("Receiving objects: 100% (1000/1000), done.\n"),
        );
        check(
            &[(&progress.deltas, 3), (&progress.resolved, 2)],
            Some("Resolving deltas: 66% (2/3)\r"),
        );
        check(
            &[(&progress.resolved, 3)],
            Some("Resolving deltas: 100% (3/3), done.\n"),
        );
        check(&[], None);
    }

    #[test]
    fn a_client_that_sends_its_objects_itself_is_not_told_of_them() {
        let progress = Arc::new(Progress::default());
        progress.declared.store(2, Ordering::Relaxed);
        progress.received.store(1, Ordering::Relaxed);
        assert_eq!(Meter::new(progress, false).tick(), None);
    }
}
