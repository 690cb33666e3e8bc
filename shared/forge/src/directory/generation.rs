//! The counter that tells whether anything of the identities changed.

/// A state of all identities and credentials. What was read at or after a generation was read holds as long as it is
/// the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Generation(pub(super) u64);
