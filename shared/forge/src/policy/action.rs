//! Every action that is authorised, with what it is about, as the authorization reference of `CodeCommit` has it.

use std::fmt;

/// What a policy's `Resource` is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The ARN of a repository.
    Repository,
    /// Nothing in particular: only `*` matches.
    Any,
}

macro_rules! actions {
    ($($name:ident $target:ident $references:literal $read:literal,)*) => {
        /// What can be allowed, under the names that IAM policies use.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "each is the operation of that name, or the permission of that name")]
        pub enum Action {
            $($name,)*
        }

        impl Action {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The name without its service.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// The name with its service.
            #[must_use]
            pub const fn full_name(self) -> &'static str {
                match self { $(Self::$name => concat!("codecommit:", stringify!($name)),)* }
            }

            /// What it is about.
            #[must_use]
            pub const fn target(self) -> Target {
                match self { $(Self::$name => Target::$target,)* }
            }

            /// Whether the key `codecommit:References` is there for it.
            #[must_use]
            pub const fn takes_references(self) -> bool {
                match self { $(Self::$name => $references,)* }
            }

            /// Whether it changes nothing.
            #[must_use]
            pub const fn is_read(self) -> bool {
                match self { $(Self::$name => $read,)* }
            }
        }
    };
}

// Name, target, whether it takes references, whether it only reads.
actions! {
    AssociateApprovalRuleTemplateWithRepository Repository false false,
    BatchAssociateApprovalRuleTemplateWithRepositories Repository false false,
    BatchDescribeMergeConflicts Repository false true,
    BatchDisassociateApprovalRuleTemplateFromRepositories Repository false false,
    BatchGetCommits Repository false true,
    BatchGetPullRequests Repository false true,
    BatchGetRepositories Repository false true,
    CancelUploadArchive Repository false false,
    CreateApprovalRuleTemplate Any false false,
    CreateBranch Repository true false,
    CreateCommit Repository true false,
    CreatePullRequest Repository false false,
    CreatePullRequestApprovalRule Repository false false,
    CreateRepository Repository false false,
    CreateUnreferencedMergeCommit Repository true false,
    DeleteApprovalRuleTemplate Any false false,
    DeleteBranch Repository true false,
    DeleteCommentContent Repository false false,
    DeleteFile Repository true false,
    DeletePullRequestApprovalRule Repository false false,
    DeleteRepository Repository false false,
    DescribeMergeConflicts Repository false true,
    DescribePullRequestEvents Repository false true,
    DisassociateApprovalRuleTemplateFromRepository Repository false false,
    EvaluatePullRequestApprovalRules Repository false true,
    GetApprovalRuleTemplate Any false true,
    GetBlob Repository false true,
    GetBlobDifferences Repository false true,
    GetBranch Repository false true,
    GetComment Repository false true,
    GetCommentReactions Repository false true,
    GetCommentsForComparedCommit Repository false true,
    GetCommentsForPullRequest Repository false true,
    GetCommit Repository false true,
    GetCommitHistory Repository false true,
    GetCommitsFromMergeBase Repository false true,
    GetDifferences Repository false true,
    GetFile Repository false true,
    GetFolder Repository false true,
    GetMergeCommit Repository true true,
    GetMergeConflicts Repository false true,
    GetMergeOptions Repository false true,
    GetObjectIdentifier Repository false true,
    GetPullRequest Repository false true,
    GetPullRequestApprovalStates Repository false true,
    GetPullRequestOverrideState Repository false true,
    GetReferences Repository false true,
    GetRepository Repository false true,
    GetRepositoryTriggers Repository false true,
    GetTree Repository false true,
    GetUploadArchiveStatus Repository false true,
    GitPull Repository false true,
    GitPush Repository true false,
    ListApprovalRuleTemplates Any false true,
    ListAssociatedApprovalRuleTemplatesForRepository Repository false true,
    ListBranches Repository false true,
    ListFileCommitHistory Repository false true,
    ListPullRequests Repository false true,
    ListRepositories Any false true,
    ListRepositoriesForApprovalRuleTemplate Any false true,
    ListTagsForResource Repository false true,
    MergeBranchesByFastForward Repository true false,
    MergeBranchesBySquash Repository true false,
    MergeBranchesByThreeWay Repository true false,
    MergePullRequestByFastForward Repository true false,
    MergePullRequestBySquash Repository true false,
    MergePullRequestByThreeWay Repository true false,
    OverridePullRequestApprovalRules Repository false false,
    PostCommentForComparedCommit Repository false false,
    PostCommentForPullRequest Repository false false,
    PostCommentReply Repository false false,
    PutCommentReaction Repository false false,
    PutFile Repository true false,
    PutRepositoryTriggers Repository false false,
    TagResource Repository false false,
    TestRepositoryTriggers Repository false false,
    UntagResource Repository false false,
    UpdateApprovalRuleTemplateContent Any false false,
    UpdateApprovalRuleTemplateDescription Any false false,
    UpdateApprovalRuleTemplateName Any false false,
    UpdateComment Repository false false,
    UpdateDefaultBranch Repository false false,
    UpdatePullRequestApprovalRuleContent Repository false false,
    UpdatePullRequestApprovalState Repository false false,
    UpdatePullRequestDescription Repository false false,
    UpdatePullRequestStatus Repository false false,
    UpdatePullRequestTitle Repository false false,
    UpdateRepositoryDescription Repository false false,
    UpdateRepositoryEncryptionKey Repository false false,
    UpdateRepositoryName Repository false false,
    UploadArchive Repository false false,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.full_name())
    }
}
