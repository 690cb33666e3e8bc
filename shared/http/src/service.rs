//! The services whose APIs are answered: what their callers sign for, and which of their operations only read.

use packhouse_forge::policy::Action;

/// A service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    CodeCommit,
    Iam,
    Sts,
    CloudTrail,
    CodeStarNotifications,
    /// Our own administration.
    Packhouse,
}

impl Service {
    /// What the audit log calls it.
    pub(crate) const fn source(self) -> &'static str {
        match self {
            Self::CodeCommit => "codecommit.amazonaws.com",
            Self::Iam => "iam.amazonaws.com",
            Self::Sts => "sts.amazonaws.com",
            Self::CloudTrail => "cloudtrail.amazonaws.com",
            Self::CodeStarNotifications => "codestar-notifications.amazonaws.com",
            Self::Packhouse => "packhouse",
        }
    }

    /// The version of its API. Our own administration belongs to that of `CodeCommit`.
    pub(crate) const fn api_version(self) -> &'static str {
        match self {
            Self::CodeCommit | Self::Packhouse => "2015-04-13",
            Self::Iam => "2010-05-08",
            Self::Sts => "2011-06-15",
            Self::CloudTrail => "2013-11-01",
            Self::CodeStarNotifications => "2019-10-15",
        }
    }

    /// What its callers sign for.
    pub(crate) const fn signing_name(self) -> &'static str {
        match self {
            Self::CodeCommit | Self::Packhouse => "codecommit",
            Self::Iam => "iam",
            Self::Sts => "sts",
            Self::CloudTrail => "cloudtrail",
            Self::CodeStarNotifications => "codestar-notifications",
        }
    }

    /// Whether it is one for all regions. Clients sign for it as if for the home of their partition.
    pub(crate) const fn is_global(self) -> bool {
        matches!(self, Self::Iam | Self::Sts)
    }

    /// Whether an operation changes nothing and hands out no credentials.
    pub(crate) fn only_reads(self, operation: &str) -> bool {
        const READS: [&str; 5] = ["Get", "List", "Lookup", "Simulate", "Inspect"];
        match self {
            Self::CodeCommit => Action::ALL
                .iter()
                .find(|action| action.name() == operation)
                .is_some_and(|action| action.is_read()),
            Self::Sts => operation == "GetCallerIdentity",
            Self::CodeStarNotifications => ["List", "Describe"].iter().any(|start| operation.starts_with(start)),
            Self::Iam | Self::CloudTrail | Self::Packhouse => READS.iter().any(|start| operation.starts_with(start)),
        }
    }
}
