//! The rules by name, and which of them a repository enforces.

use super::Fault;

/// What a broken rule means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The push is refused, always: without this rule nothing could read the object.
    Fatal,
    /// The push is refused unless the repository relaxes the rule.
    Error,
    /// Nobody is told; git calls these infos, or ignores them.
    Warning,
}

macro_rules! rules {
    ($($variant:ident $name:literal $severity:ident $message:literal;)*) => {
        /// A message of git-fsck(1) about an object.
        ///
        /// Names are git's. Severities are those of `git index-pack --strict`, which runs on servers that have
        /// `receive.fsckObjects` set and takes the warnings of git-fsck(1) for errors; but [`Severity::Fatal`] is
        /// wider.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Rule {
            $(#[doc = concat!("`", $name, "`: ", $message, ".")] $variant,)*
        }

        impl Rule {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Git's name, as in `receive.fsck.<name>`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What breaking it means.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)* }
            }

            /// What is wrong, in words.
            #[must_use]
            pub const fn message(self) -> &'static str {
                match self { $(Self::$variant => $message,)* }
            }
        }
    };
}

rules! {
    NulInHeader "nulInHeader" Fatal "NUL byte in the header";
    UnterminatedHeader "unterminatedHeader" Fatal "unterminated header";
    BadTree "badTree" Fatal "cannot be parsed as a tree";
    EmptyName "emptyName" Fatal "contains an empty name";
    MissingTree "missingTree" Fatal "expected 'tree' line";
    BadTreeSha1 "badTreeSha1" Fatal "bad object id in 'tree' line";
    BadParentSha1 "badParentSha1" Fatal "bad object id in 'parent' line";
    MissingObject "missingObject" Fatal "expected 'object' line";
    BadObjectSha1 "badObjectSha1" Fatal "bad object id in 'object' line";
    MissingTypeEntry "missingTypeEntry" Fatal "expected 'type' line";
    MissingType "missingType" Fatal "unexpected end after 'type'";
    BadType "badType" Fatal "invalid value in 'type' line";

    DuplicateEntries "duplicateEntries" Error "contains duplicate file entries";
    TreeNotSorted "treeNotSorted" Error "not properly sorted";
    NullSha1 "nullSha1" Error "contains an entry with the null object id";
    FullPathname "fullPathname" Error "contains a name with a slash";
    HasDot "hasDot" Error "contains '.'";
    HasDotdot "hasDotdot" Error "contains '..'";
    HasDotgit "hasDotgit" Error "contains '.git'";
    ZeroPaddedFilemode "zeroPaddedFilemode" Error "contains zero-padded file modes";
    LargePathname "largePathname" Error "contains a very long name";

    MissingAuthor "missingAuthor" Error "expected 'author' line";
    MultipleAuthors "multipleAuthors" Error "more than one 'author' line";
    MissingCommitter "missingCommitter" Error "expected 'committer' line";
    MissingNameBeforeEmail "missingNameBeforeEmail" Error "no name before the email";
    BadName "badName" Error "bad name";
    MissingEmail "missingEmail" Error "missing email";
    MissingSpaceBeforeEmail "missingSpaceBeforeEmail" Error "missing space before email";
    BadEmail "badEmail" Error "bad email";
    MissingSpaceBeforeDate "missingSpaceBeforeDate" Error "missing space before date";
    BadDate "badDate" Error "bad date";
    ZeroPaddedDate "zeroPaddedDate" Error "zero-padded date";
    BadDateOverflow "badDateOverflow" Error "date causes integer overflow";
    BadTimezone "badTimezone" Error "bad time zone";
    NulInCommit "nulInCommit" Error "NUL byte in the commit's message";

    MissingTagEntry "missingTagEntry" Error "expected 'tag' line";
    MissingTag "missingTag" Error "unexpected end after 'tag'";
    BadGpgsig "badGpgsig" Error "unexpected end after 'gpgsig'";
    BadHeaderContinuation "badHeaderContinuation" Error "unexpected end in the signature's continuation";

    GitmodulesMissing "gitmodulesMissing" Error "unable to read .gitmodules blob";
    GitmodulesBlob "gitmodulesBlob" Error "non-blob found at .gitmodules";
    GitmodulesLarge "gitmodulesLarge" Error ".gitmodules too large to parse";
    GitmodulesSymlink "gitmodulesSymlink" Error ".gitmodules is a symbolic link";
    GitmodulesName "gitmodulesName" Error "disallowed submodule name";
    GitmodulesUrl "gitmodulesUrl" Error "disallowed submodule url";
    GitmodulesPath "gitmodulesPath" Error "disallowed submodule path";
    GitmodulesUpdate "gitmodulesUpdate" Error "disallowed submodule update setting";
    GitattributesMissing "gitattributesMissing" Error "unable to read .gitattributes blob";
    GitattributesBlob "gitattributesBlob" Error "non-blob found at .gitattributes";
    GitattributesLarge "gitattributesLarge" Error ".gitattributes too large to parse";
    GitattributesLineLength "gitattributesLineLength" Error ".gitattributes has too long lines to parse";

    BadFilemode "badFilemode" Warning "contains bad file modes";
    BadTagName "badTagName" Warning "invalid name in 'tag' line";
    MissingTaggerEntry "missingTaggerEntry" Warning "expected 'tagger' line";
    ExtraHeaderEntry "extraHeaderEntry" Warning "extra headers after 'tagger'";
    GitmodulesParse "gitmodulesParse" Warning "could not parse .gitmodules";
    GitattributesSymlink "gitattributesSymlink" Warning ".gitattributes is a symbolic link";
    GitignoreSymlink "gitignoreSymlink" Warning ".gitignore is a symbolic link";
    MailmapSymlink "mailmapSymlink" Warning ".mailmap is a symbolic link";
}

impl Rule {
    /// The rule of that name, in any case of letters, as in git's configuration.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|rule| rule.as_str().eq_ignore_ascii_case(name))
    }

    fn bit(self) -> u64 {
        const { assert!(Self::ALL.len() <= 64, "a policy keeps one bit for each rule") };
        1u64.wrapping_shl(u32::from(self as u8))
    }
}

/// Which rules a repository enforces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    relaxed: u64,
}

/// A rule that cannot be relaxed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// There is none of that name.
    #[error("no fsck rule is named '{0}'")]
    Unknown(String),
    /// Objects that break it could not be read.
    #[error("the fsck rule '{}' cannot be relaxed", .0.as_str())]
    Fatal(Rule),
}

impl Policy {
    /// Enforces every rule that is not a [`Severity::Warning`].
    #[must_use]
    pub const fn strict() -> Self {
        Self { relaxed: 0 }
    }

    /// Enforces [`Severity::Fatal`] rules only, for objects that were let in before.
    #[must_use]
    pub fn readable() -> Self {
        let lesser = Rule::ALL.iter().filter(|rule| rule.severity() != Severity::Fatal);
        Self {
            relaxed: lesser.fold(0, |relaxed, rule| relaxed | rule.bit()),
        }
    }

    /// Enforces all but those named, for histories that were made before git knew better.
    ///
    /// # Errors
    /// On a name that no rule has, and on rules that are [`Severity::Fatal`].
    pub fn relaxing<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> Result<Self, PolicyError> {
        let mut relaxed = 0;
        for name in names {
            let name = name.as_ref();
            let rule = Rule::from_name(name).ok_or_else(|| PolicyError::Unknown(name.to_owned()))?;
            if rule.severity() == Severity::Fatal {
                return Err(PolicyError::Fatal(rule));
            }
            relaxed |= rule.bit();
        }
        Ok(Self { relaxed })
    }

    /// Whether an object that breaks `rule` is refused.
    #[must_use]
    pub fn enforces(self, rule: Rule) -> bool {
        rule.severity() != Severity::Warning && self.relaxed & rule.bit() == 0
    }

    /// Refuses what breaks `rule`, if that is enforced.
    pub(super) fn refuse(self, rule: Rule) -> Result<(), Fault> {
        if self.enforces(rule) {
            Err(Fault::from(rule))
        } else {
            Ok(())
        }
    }

    /// Refuses what breaks `rule`, if that is enforced, quoting the bytes that do.
    pub(super) fn refuse_text(self, rule: Rule, text: &[u8]) -> Result<(), Fault> {
        if self.enforces(rule) {
            Err(Fault::quoting(rule, text))
        } else {
            Ok(())
        }
    }
}
