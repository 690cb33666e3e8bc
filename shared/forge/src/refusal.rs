//! What the API says no with, where a fact has no more to it than a name and a text.

use crate::error::Kind;

macro_rules! refusals {
    ($($name:ident $kind:ident $message:literal,)*) => {
        /// A reason to refuse, under the name that `CodeCommit`'s exceptions have.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "each is the exception of that name, with the text that the table has for it")]
        pub enum Refusal {
            $($name,)*
        }

        impl Refusal {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its name, as that of an exception.
            #[must_use]
            pub const fn exception(self) -> &'static str {
                match self { $(Self::$name => concat!(stringify!($name), "Exception"),)* }
            }

            /// What kind of failure it is.
            #[must_use]
            pub const fn kind(self) -> Kind {
                match self { $(Self::$name => Kind::$kind,)* }
            }

            /// What it says where nothing is known that would say more.
            #[must_use]
            pub const fn message(self) -> &'static str {
                match self { $(Self::$name => $message,)* }
            }
        }
    };
}

// Name, kind, text.
refusals! {
    ActorDoesNotExist NotFound "No user or role of this account has the ARN of the actor.",
    ApprovalRuleContentRequired Invalid "An approval rule needs content.",
    ApprovalRuleDoesNotExist NotFound "The specified approval rule does not exist.",
    ApprovalRuleNameAlreadyExists Conflict "The pull request has an approval rule of that name already.",
    ApprovalRuleNameRequired Invalid "An approval rule name is required.",
    ApprovalRuleTemplateContentRequired Invalid "An approval rule template needs content.",
    ApprovalRuleTemplateDoesNotExist NotFound "The specified approval rule template does not exist.",
    ApprovalRuleTemplateInUse Conflict "The approval rule template is associated with repositories. Disassociate it first.",
    ApprovalRuleTemplateNameAlreadyExists Conflict "There is an approval rule template of that name already.",
    ApprovalRuleTemplateNameRequired Invalid "An approval rule template name is required.",
    ApprovalStateRequired Invalid "An approval state is required.",
    AuthorDoesNotExist NotFound "No user or role of this account has the ARN of the author.",
    BeforeCommitIdAndAfterCommitIdAreSame Invalid "The before commit ID and the after commit ID must differ.",
    BlobIdDoesNotExist NotFound "The specified blob ID does not exist.",
    BlobIdRequired Invalid "A blob ID is required.",
    BranchNameExists Conflict "There is a branch of that name already.",
    BranchNameIsTagName Invalid "The name is that of a tag, not of a branch.",
    BranchNameRequired Invalid "A branch name is required.",
    CannotDeleteApprovalRuleFromTemplate Conflict "The approval rule was made from a template, so it cannot be deleted. It can be overridden.",
    CannotModifyApprovalRuleFromTemplate Conflict "The approval rule was made from a template, so it cannot be changed. It can be overridden.",
    ClientRequestTokenRequired Invalid "A client request token is required.",
    CommentContentRequired Invalid "A comment needs content.",
    CommentContentSizeLimitExceeded TooLarge "Comments can be up to 10,240 characters long.",
    CommentDeleted Conflict "The comment was deleted.",
    CommentDoesNotExist NotFound "The specified comment does not exist.",
    CommentIdRequired Invalid "A comment ID is required.",
    CommentNotCreatedByCaller Denied "Only its author can change a comment.",
    CommitDoesNotExist NotFound "The specified commit does not exist.",
    CommitIdDoesNotExist NotFound "The specified commit ID does not exist.",
    CommitIdRequired Invalid "A commit ID is required.",
    CommitIdsLimitExceeded TooLarge "A call can name at most 100 commit IDs.",
    CommitIdsListRequired Invalid "At least one commit ID is required.",
    CommitMessageLengthExceeded TooLarge "Commit messages can be up to 256 KB long.",
    CommitRequired Invalid "A commit is required.",
    ConcurrentReferenceUpdate Conflict "The branch was changed by somebody else at the same time. Try again.",
    DefaultBranchCannotBeDeleted Conflict "The default branch cannot be deleted. Make another branch the default first.",
    DirectoryNameConflictsWithFileName Conflict "A file has the name of a folder in the path.",
    EncryptionIntegrityChecksFailed Corrupt "An integrity check of encrypted data failed.",
    EncryptionKeyAccessDenied Denied "The encryption key cannot be accessed.",
    EncryptionKeyDisabled Conflict "The encryption key is disabled.",
    EncryptionKeyInvalidUsage Invalid "The key cannot be used for encryption.",
    EncryptionKeyNotFound NotFound "The encryption key does not exist.",
    EncryptionKeyRequired Invalid "An encryption key is required.",
    EncryptionKeyUnavailable Unavailable "The encryption key is not available.",
    FileContentAndSourceFileSpecified Invalid "Give either the content of a file or a source file, not both.",
    FileContentRequired Invalid "The content of a file is required and cannot be empty.",
    FileContentSizeLimitExceeded TooLarge "Files can be up to 6 MB, and all files of a commit together up to 7 MB.",
    FileDoesNotExist NotFound "The specified file does not exist.",
    FileEntryRequired Invalid "A commit must put, delete or change at least one file.",
    FileModeRequired Invalid "A file mode is required.",
    FileNameConflictsWithDirectoryName Conflict "A folder has the name of the file.",
    FilePathConflictsWithSubmodulePath Conflict "The path leads into a submodule.",
    FileTooLarge TooLarge "The file is larger than 6 MB. Use Git to get it.",
    FolderContentSizeLimitExceeded TooLarge "A folder would have more entries than one can have.",
    FolderDoesNotExist NotFound "The specified folder does not exist.",
    IdempotencyParameterMismatch Conflict "The client request token was used with other parameters.",
    InvalidActorArn Invalid "The actor ARN is not valid.",
    InvalidApprovalRuleContent Invalid "The approval rule content is not valid.",
    InvalidApprovalRuleName Invalid "The approval rule name is not valid.",
    InvalidApprovalRuleTemplateContent Invalid "The approval rule template content is not valid.",
    InvalidApprovalRuleTemplateDescription Invalid "The approval rule template description is not valid.",
    InvalidApprovalRuleTemplateName Invalid "The approval rule template name is not valid.",
    InvalidApprovalState Invalid "The approval state is not valid.",
    InvalidAuthorArn Invalid "The author ARN is not valid.",
    InvalidBlobId Invalid "The blob ID is not valid.",
    InvalidClientRequestToken Invalid "The client request token is not valid.",
    InvalidCommentId Invalid "The comment ID is not valid.",
    InvalidCommit Invalid "The commit is not valid.",
    InvalidCommitId Invalid "The commit ID is not valid.",
    InvalidConflictDetailLevel Invalid "The conflict detail level is not valid.",
    InvalidConflictResolution Invalid "The conflict resolution is not valid.",
    InvalidConflictResolutionStrategy Invalid "The conflict resolution strategy is not valid.",
    InvalidDeletionParameter Invalid "The deletion parameter is not valid.",
    InvalidDescription Invalid "A description has at most 10,240 characters.",
    InvalidDestinationCommitSpecifier Invalid "The destination commit specifier is not valid.",
    InvalidEmail Invalid "The email is not valid.",
    InvalidFileLocation Invalid "The file location is not valid.",
    InvalidFileMode Invalid "The file mode is not valid.",
    InvalidFilePosition Invalid "The file position is not valid.",
    InvalidMaxConflictFiles Invalid "The maximum number of conflict files is not valid.",
    InvalidMaxMergeHunks Invalid "The maximum number of merge hunks is not valid.",
    InvalidMaxResults Invalid "The maximum number of results is not valid.",
    InvalidMergeOption Invalid "The merge option is not valid.",
    InvalidOrder Invalid "The order is not valid.",
    InvalidOverrideStatus Invalid "The override status is not valid.",
    InvalidParentCommitId Invalid "The parent commit ID is not valid.",
    InvalidPath Invalid "The path is not valid.",
    InvalidPullRequestEventType Invalid "The pull request event type is not valid.",
    InvalidPullRequestId Invalid "The pull request ID is not valid.",
    InvalidPullRequestStatus Invalid "The pull request status is not valid.",
    InvalidPullRequestStatusUpdate Conflict "A pull request can only go from OPEN to CLOSED.",
    InvalidReactionUserArn Invalid "The reaction user ARN is not valid.",
    InvalidReactionValue Invalid "The reaction value is not valid.",
    InvalidReferenceName Invalid "The reference name is not valid.",
    InvalidRelativeFileVersionEnum Invalid "The relative file version is not valid.",
    InvalidReplacementContent Invalid "The replacement content is not valid.",
    InvalidReplacementType Invalid "The replacement type is not valid.",
    InvalidRepositoryTriggerBranchName Invalid "The repository trigger branch name is not valid.",
    InvalidRepositoryTriggerCustomData Invalid "The repository trigger custom data is not valid.",
    InvalidRepositoryTriggerDestinationArn Invalid "The repository trigger destination ARN is not valid.",
    InvalidRepositoryTriggerEvents Invalid "The events of the trigger are not valid.",
    InvalidRepositoryTriggerName Invalid "The repository trigger name is not valid.",
    InvalidRepositoryTriggerRegion Invalid "The repository trigger region is not valid.",
    InvalidResourceArn Invalid "The resource ARN is not valid.",
    InvalidRevisionId Invalid "The revision ID is not valid.",
    InvalidRuleContentSha256 Conflict "The content of the rule has another SHA-256 hash.",
    InvalidSortBy Invalid "The sort by is not valid.",
    InvalidSourceCommitSpecifier Invalid "The source commit specifier is not valid.",
    InvalidTagKeysList Invalid "The list of tag keys is not valid.",
    InvalidTargetBranch Invalid "The target branch is not valid.",
    InvalidTarget Invalid "The target is not valid.",
    InvalidTargets Invalid "The targets are not valid.",
    InvalidTitle Invalid "A title has 1 to 150 characters.",
    ManualMergeRequired Conflict "The commits cannot be merged automatically. Merge them by hand.",
    MaximumBranchesExceeded TooLarge "A trigger can name at most 10 branches.",
    MaximumConflictResolutionEntriesExceeded TooLarge "There are more conflict resolution entries than a call can have.",
    MaximumFileContentToLoadExceeded TooLarge "The files to be compared are too large together.",
    MaximumFileEntriesExceeded TooLarge "A commit can change at most 100 files.",
    MaximumItemsToCompareExceeded TooLarge "The branches differ in more files than can be compared.",
    MaximumNumberOfApprovalsExceeded TooLarge "A pull request can have at most 200 approvals.",
    MaximumOpenPullRequestsExceeded TooLarge "A repository can have at most 1,000 open pull requests.",
    MaximumRepositoryTriggersExceeded TooLarge "A repository can have at most 10 triggers.",
    MaximumRuleTemplatesAssociatedWithRepository TooLarge "A repository can have at most 25 approval rule templates.",
    MergeOptionRequired Invalid "A merge option is required.",
    MultipleConflictResolutionEntries Invalid "A path can have only one conflict resolution.",
    MultipleRepositoriesInPullRequest Invalid "All targets of a pull request must be in one repository.",
    NameLengthExceeded TooLarge "The name of the author is too long.",
    NoChange Invalid "The commit would change nothing.",
    NumberOfRuleTemplatesExceeded TooLarge "There can be at most 1,000 approval rule templates.",
    NumberOfRulesExceeded TooLarge "A pull request can have at most 30 approval rules.",
    OperationNotAllowed Denied "The requested action is not allowed.",
    OverrideAlreadySet Conflict "The approval rules of the revision are overridden already.",
    OverrideStatusRequired Invalid "An override status is required.",
    ParentCommitDoesNotExist NotFound "The specified parent commit does not exist.",
    ParentCommitIdOutdated Conflict "The parent commit ID is not the tip of the branch.",
    ParentCommitIdRequired Invalid "A parent commit ID is required.",
    PathDoesNotExist NotFound "The specified path does not exist.",
    PathRequired Invalid "A path is required.",
    PullRequestAlreadyClosed Conflict "The pull request is closed.",
    PullRequestApprovalRulesNotSatisfied Conflict "Approval rules of the pull request are not satisfied.",
    PullRequestCannotBeApprovedByAuthor Conflict "The author of a pull request cannot approve it.",
    PullRequestDoesNotExist NotFound "The specified pull request does not exist.",
    PullRequestIdRequired Invalid "A pull request ID is required.",
    PullRequestStatusRequired Invalid "A pull request status is required.",
    PutFileEntryConflict Invalid "The same path is a file and a folder in one commit.",
    ReactionLimitExceeded TooLarge "A comment has more reactions than it can have.",
    ReactionValueRequired Invalid "A reaction value is required.",
    ReferenceDoesNotExist NotFound "The specified reference does not exist.",
    ReferenceNameRequired Invalid "A reference name is required.",
    ReferenceTypeNotSupported Invalid "The reference must be a branch.",
    ReplacementContentRequired Invalid "USE_NEW_CONTENT needs replacement content.",
    ReplacementTypeRequired Invalid "A replacement type is required.",
    RepositoryLimitExceeded TooLarge "There are as many repositories as there can be.",
    RepositoryNameRequired Invalid "A repository name is required.",
    RepositoryNamesRequired Invalid "At least one repository name is required.",
    RepositoryNotAssociatedWithPullRequest NotFound "The pull request is not in that repository.",
    RepositoryTriggerBranchNameListRequired Invalid "A list of branch names is required.",
    RepositoryTriggerDestinationArnRequired Invalid "A repository trigger destination ARN is required.",
    RepositoryTriggerEventsListRequired Invalid "A trigger needs at least one event.",
    RepositoryTriggerNameRequired Invalid "A repository trigger name is required.",
    RepositoryTriggersListRequired Invalid "A list of triggers is required.",
    ResourceArnRequired Invalid "A resource ARN is required.",
    RestrictedSourceFile Invalid "A .gitkeep file cannot be copied or moved.",
    RevisionIdRequired Invalid "A revision ID is required.",
    RevisionNotCurrent Conflict "The revision ID is not that of the current revision.",
    SameFileContent Conflict "The file has that content already.",
    SamePathRequest Invalid "A path occurs more than once.",
    SourceAndDestinationAreSame Invalid "The source and the destination of a pull request must be different branches.",
    SourceFileOrContentRequired Invalid "Give the content of a file or a source file.",
    TagKeysListRequired Invalid "A list of tag keys is required.",
    TagPolicy Conflict "A tag policy is against it.",
    TagsMapRequired Invalid "A map of tags is required.",
    TargetRequired Invalid "A target is required.",
    TargetsRequired Invalid "A list of targets is required.",
    TipOfSourceReferenceIsDifferent Conflict "The tip of the source branch is not the specified commit.",
    TipsDivergenceExceeded TooLarge "The commits are too far apart to be compared.",
    TitleRequired Invalid "A title is required.",
    Validation Invalid "The input is not valid.",
}

impl Refusal {
    /// The same with a text that says more.
    pub fn saying(self, message: impl Into<String>) -> crate::error::Error {
        crate::error::Error::Refused(self, message.into())
    }
}

impl From<Refusal> for crate::error::Error {
    fn from(refusal: Refusal) -> Self {
        refusal.saying(refusal.message())
    }
}
