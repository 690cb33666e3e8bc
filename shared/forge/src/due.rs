//! What a worker has to do, and when: each thing once at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::Instant;

/// Things to do by their times, at most so many of them at once.
#[derive(Debug)]
pub(crate) struct Due<T> {
    at: BTreeMap<T, Instant>,
    busy: BTreeSet<T>,
    most: usize,
}

impl<T: Ord + Clone> Due<T> {
    /// Nothing to do. At most `most` things are done at once.
    pub(crate) const fn new(most: usize) -> Self {
        Self {
            at: BTreeMap::new(),
            busy: BTreeSet::new(),
            most,
        }
    }

    /// There is something to do now, also when that is being done: then it is done once more.
    pub(crate) fn now(&mut self, thing: T) {
        self.at.insert(thing, Instant::now());
    }

    /// Takes out what may be done now.
    pub(crate) fn ready(&mut self) -> Vec<T> {
        let now = Instant::now();
        let free = self.most.saturating_sub(self.busy.len());
        let ready = self
            .at
            .iter()
            .filter(|(thing, at)| **at <= now && !self.busy.contains(*thing));
        let ready: Vec<T> = ready.map(|(thing, _)| thing.clone()).take(free).collect();
        for thing in &ready {
            self.at.remove(thing);
            self.busy.insert(thing.clone());
        }
        ready
    }

    /// Something is done for now, and for good unless there is more to do `later`.
    pub(crate) fn done(&mut self, thing: T, later: Option<Duration>) {
        self.busy.remove(&thing);
        if let Some(later) = later {
            let at = Instant::now() + later;
            self.at.entry(thing).and_modify(|due| *due = at.min(*due)).or_insert(at);
        }
    }

    /// When something more may be done, unless something comes or ends before.
    pub(crate) fn next(&self) -> Option<Instant> {
        let waiting = self.at.iter().filter(|(thing, _)| !self.busy.contains(*thing));
        waiting.map(|(_, at)| *at).min().filter(|_| self.busy.len() < self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_thing_is_done_once_at_a_time() {
        let mut due = Due::new(2);
        for thing in ["a", "b", "c"] {
            due.now(thing);
        }
        assert_eq!(due.ready(), ["a", "b"]);
        assert_eq!((due.ready().len(), due.next()), (0, None));
        due.now("a");
        due.done("b", None);
        assert_eq!(due.ready(), ["c"]);
        due.done("a", Some(Duration::from_secs(60)));
        assert_eq!(due.ready(), ["a"], "what came meanwhile does not wait for the pause");
        due.done("a", Some(Duration::from_secs(60)));
        assert_eq!(due.ready().len(), 0);
        assert!(due.next().is_some_and(|next| next > Instant::now()));
        due.done("c", None);
        due.now("a");
        assert_eq!(due.ready(), ["a"]);
    }
}
