//! Changes of many items that are made one after the other.

use packhouse_storage::table::commit::Commit;
use packhouse_storage::table::{Expect, Key, Write};

use crate::error::Result;
use crate::events::note::Note;
use crate::forge::Forge;

/// A compare-and-swap over all items that change with one *generation*: it commits only if none of them changed since
/// [`Change::read`]. So whatever was read in between counts, writes need no conditions of their own, and a key may be
/// removed and made again.
#[derive(Debug)]
pub(crate) struct Change<'a> {
    commit: Commit<'a>,
    generation: Key,
    seen: Expect,
}

impl<'a> Change<'a> {
    /// A change in the making of what changes with the item `generation`, whose version tells.
    pub(crate) fn of(forge: &'a Forge, generation: Key) -> Self {
        Self {
            commit: Commit::new(forge.store().table(), vec![generation.clone()]),
            generation,
            seen: Expect::Absent,
        }
    }

    /// Begins a try. What the change is to decide on is read after this.
    ///
    /// An earlier try may have been made without our knowing, so whoever decides must recognise a change of its own (by
    /// the fresh id of what it makes).
    ///
    /// # Errors
    /// The store's; [`Busy`](packhouse_storage::error::Error::Busy) when others got in between too often.
    pub(crate) async fn read(&mut self) -> Result<()> {
        let item = self.commit.read().await?.into_iter().flatten().next();
        self.seen = item.map_or(Expect::Absent, |item| Expect::Version(item.version));
        Ok(())
    }

    /// Tells what is changed, to those who wait for events: in the order of the changes.
    pub(crate) fn tell(&self, note: &Note) -> Write {
        let number = match self.seen {
            Expect::Version(version) => version,
            Expect::Absent | Expect::Any => 0,
        };
        note.write(&self.generation.pk, number)
    }

    /// Writes what was decided; `false` when it has to be decided again.
    ///
    /// # Errors
    /// The store's, when nothing was written.
    pub(crate) async fn write(&mut self, mut writes: Vec<Write>) -> Result<bool> {
        writes.push(Write::put(self.generation.clone(), self.seen, "{}"));
        Ok(self.commit.write(writes).await?)
    }
}
