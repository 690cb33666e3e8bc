//! Ways to merge.

/// How a merge is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergeOption {
    /// The destination moves to the source's tip.
    FastForward,
    /// One commit on the destination with all changes of the source.
    Squash,
    /// A commit with both tips as its parents.
    ThreeWay,
}

impl MergeOption {
    /// The name in the API, which is also the stored one.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FastForward => "FAST_FORWARD_MERGE",
            Self::Squash => "SQUASH_MERGE",
            Self::ThreeWay => "THREE_WAY_MERGE",
        }
    }

    /// The option of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [Self::FastForward, Self::Squash, Self::ThreeWay];
        all.into_iter().find(|one| one.name() == name)
    }
}
