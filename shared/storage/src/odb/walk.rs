//! Where packs are read: on threads for that, in turn.

use super::Odb;
use super::abandoned::Abandoned;
use crate::error::{Error, Result};
use crate::store::Turns;

impl Odb {
    /// Runs `walk` where reading objects belongs: on the blocking pool. When this is dropped before its end, the next read of
    /// an object fails: a walk that nobody waits for would else go on, on a machine that sleeps between requests in the
    /// midst of a later one.
    ///
    /// # Errors
    /// What `walk` fails with, or that its thread died.
    pub async fn walk<T, E>(&self, walk: impl FnOnce(&Self) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.walk_in(self.store.readers(), walk).await
    }

    /// The same for a walk that waits for somebody who takes what it makes.
    ///
    /// # Errors
    /// What `walk` fails with, or that its thread died.
    pub async fn walk_slowly<T, E>(&self, walk: impl FnOnce(&Self) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.walk_in(self.store.slow_readers(), walk).await
    }

    async fn walk_in<T, E>(
        &self,
        turns: &Turns,
        walk: impl FnOnce(&Self) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let abandoned = Abandoned::default();
        let waiting = abandoned.waiting();
        let odb = Self {
            abandoned,
            ..self.clone()
        };
        let walked = turns.blocking(move || walk(&odb)).await;
        waiting.end();
        walked?
    }

    /// What tells a walk, in between reads of objects, that nobody waits for it any more.
    pub(crate) fn abandoned(&self) -> &Abandoned {
        &self.abandoned
    }
}
