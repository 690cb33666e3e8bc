//! What a worker has to do, and when: each thing once at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep_until};

/// Does what was left, and what comes, at most `most` things at once. What `act` answers with a thing is when there is more to
/// do about it, if there is. Runs until it is dropped.
pub(crate) async fn work<T, Come, Act>(
    most: usize,
    left: impl IntoIterator<Item = T>,
    come: impl Fn() -> Come,
    act: impl Fn(T) -> Act,
) where
    T: Ord + Clone,
    Come: Future<Output = T>,
    Act: Future<Output = (T, Option<Duration>)>,
{
    let mut due = Due::new(most);
    left.into_iter().for_each(|thing| due.now(thing));
    let mut running = FuturesUnordered::new();
    loop {
        running.extend(due.ready().into_iter().map(&act));
        let next = due.next();
        tokio::select! {
            thing = come() => due.now(thing),
            Some((thing, later)) = running.next() => due.done(thing, later),
            () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {}
        }
    }
}

/// Things to do by their times, at most so many of them at once.
#[derive(Debug)]
struct Due<T> {
    at: BTreeMap<T, Instant>,
    busy: BTreeSet<T>,
    most: usize,
}

impl<T: Ord + Clone> Due<T> {
    /// Nothing to do. At most `most` things are done at once.
    const fn new(most: usize) -> Self {
        Self {
            at: BTreeMap::new(),
            busy: BTreeSet::new(),
            most,
        }
    }

    /// There is something to do now, also when that is being done: then it is done once more.
    fn now(&mut self, thing: T) {
        self.at.insert(thing, Instant::now());
    }

    /// Takes out what may be done now.
    fn ready(&mut self) -> Vec<T> {
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
    fn done(&mut self, thing: T, later: Option<Duration>) {
        self.busy.remove(&thing);
        if let Some(later) = later {
            let at = Instant::now() + later;
            self.at.entry(thing).and_modify(|due| *due = at.min(*due)).or_insert(at);
        }
    }

    /// When something more may be done, unless something comes or ends before.
    fn next(&self) -> Option<Instant> {
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
