//! The policies that AWS makes for everybody and that Packhouse has too, as they were in 2026.
//!
//! What they say of services that Packhouse does not have is kept: they are what users of AWS expect to read.

use std::borrow::Cow;

/// A policy that every installation has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Managed {
    /// Its name, the last part of its ARN.
    pub name: &'static str,
    /// Its path.
    pub path: &'static str,
    /// Its id at AWS.
    pub id: &'static str,
    /// Its version at AWS.
    pub version: &'static str,
    /// When it was made, as RFC 3339 has it.
    pub created: &'static str,
    /// When its version was made, as RFC 3339 has it.
    pub updated: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// What it says, with ARNs of the partition `aws`.
    pub document: &'static str,
}

impl Managed {
    /// Its ARN in a partition.
    #[must_use]
    pub fn arn(&self, partition: &str) -> String {
        format!("arn:{partition}:iam::aws:policy{}{}", self.path, self.name)
    }

    /// What it says, with ARNs of a partition.
    #[must_use]
    pub fn document_in(&self, partition: &str) -> Cow<'static, str> {
        if partition == "aws" {
            Cow::Borrowed(self.document)
        } else {
            Cow::Owned(self.document.replace("\"arn:aws:", &format!("\"arn:{partition}:")))
        }
    }
}

/// All of them, by name.
#[must_use]
pub fn all() -> &'static [Managed] {
    &ALL
}

/// The one of this name, or of this ARN in any partition.
#[must_use]
pub fn find(arn_or_name: &str) -> Option<&'static Managed> {
    let name = match arn_or_name.strip_prefix("arn:") {
        Some(rest) => {
            let (partition, rest) = rest.split_once(':')?;
            let name = rest.strip_prefix("iam::aws:policy/")?;
            (!partition.is_empty()).then_some(name)?
        }
        None => arn_or_name,
    };
    ALL.iter().find(|managed| managed.name == name)
}

const ALL: [Managed; 8] = [
    Managed {
        name: "AWSCodeCommitFullAccess",
        path: "/",
        id: "ANPAI4VCZ3XPIZLQ5NZV2",
        version: "v13",
        created: "2015-07-09T17:02:19Z",
        updated: "2026-02-12T18:00:23Z",
        description: "Allows everything in CodeCommit, and one's own Git credentials and SSH keys.",
        document: include_str!("managed/AWSCodeCommitFullAccess.json"),
    },
    Managed {
        name: "AWSCodeCommitPowerUser",
        path: "/",
        id: "ANPAI4UIINUVGB5SEC57G",
        version: "v18",
        created: "2015-07-09T17:06:49Z",
        updated: "2026-02-12T17:57:24Z",
        description: "Allows work with repositories, but not to delete them, and one's own Git credentials and SSH keys.",
        document: include_str!("managed/AWSCodeCommitPowerUser.json"),
    },
    Managed {
        name: "AWSCodeCommitReadOnly",
        path: "/",
        id: "ANPAJACNSXR7Z2VLJW3D6",
        version: "v14",
        created: "2015-07-09T17:05:06Z",
        updated: "2026-02-12T18:00:25Z",
        description: "Allows reading of repositories, and cloning.",
        document: include_str!("managed/AWSCodeCommitReadOnly.json"),
    },
    Managed {
        name: "AdministratorAccess",
        path: "/",
        id: "ANPAIWMBCKSKIEE64ZLYK",
        version: "v1",
        created: "2015-02-06T18:39:46Z",
        updated: "2015-02-06T18:39:46Z",
        description: "Allows everything.",
        document: include_str!("managed/AdministratorAccess.json"),
    },
    Managed {
        name: "IAMFullAccess",
        path: "/",
        id: "ANPAI7XKCFMBPM3QQRRVQ",
        version: "v2",
        created: "2015-02-06T18:40:38Z",
        updated: "2019-06-21T19:40:00Z",
        description: "Allows everything in IAM, and so, by way of other policies, everything.",
        document: include_str!("managed/IAMFullAccess.json"),
    },
    Managed {
        name: "IAMReadOnlyAccess",
        path: "/",
        id: "ANPAJKSO7NDY4T57MWDSQ",
        version: "v4",
        created: "2015-02-06T18:40:39Z",
        updated: "2018-01-25T19:11:27Z",
        description: "Allows reading of all that IAM knows.",
        document: include_str!("managed/IAMReadOnlyAccess.json"),
    },
    Managed {
        name: "IAMSelfManageServiceSpecificCredentials",
        path: "/",
        id: "ANPAI4VT74EMXK2PMQJM2",
        version: "v1",
        created: "2016-12-22T17:25:18Z",
        updated: "2016-12-22T17:25:18Z",
        description: "Allows users to manage their own Git credentials.",
        document: include_str!("managed/IAMSelfManageServiceSpecificCredentials.json"),
    },
    Managed {
        name: "IAMUserSSHKeys",
        path: "/",
        id: "ANPAJTSHUA4UXGXU7ANUA",
        version: "v1",
        created: "2015-07-09T17:08:54Z",
        updated: "2015-07-09T17:08:54Z",
        description: "Allows users to manage their own SSH keys.",
        document: include_str!("managed/IAMUserSSHKeys.json"),
    },
];

#[cfg(test)]
mod tests;
