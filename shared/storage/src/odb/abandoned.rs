//! How work on the blocking pool, which nobody can stop from outside, learns that nobody waits for it any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, Result};

/// Whether the one who waited for some work has gone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Abandoned(Arc<AtomicBool>);

impl Abandoned {
    /// Ends work that is abandoned.
    ///
    /// # Errors
    /// [`Error::Unavailable`], which reaches nobody.
    pub(crate) fn check(&self) -> Result<()> {
        if self.0.load(Ordering::Relaxed) {
            return Err(Error::Unavailable("nobody waits for it any more".into()));
        }
        Ok(())
    }

    /// For the one who waits: says that he has gone when it is dropped.
    pub(super) fn waiting(&self) -> Waiting {
        Waiting(Some(self.clone()))
    }
}

/// Held while somebody waits.
pub(super) struct Waiting(Option<Abandoned>);

impl Waiting {
    /// The work has ended. What it made, such as a stream that reads on, is not abandoned.
    pub(super) fn end(mut self) {
        self.0 = None;
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(abandoned) = &self.0 {
            abandoned.0.store(true, Ordering::Relaxed);
        }
    }
}
