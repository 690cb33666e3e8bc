//! What the service says no with, as facts of its own domain.

use packhouse_storage::blobs::KeyFault;
use packhouse_storage::error::Error as StorageError;

use crate::names::RepositoryName;
use crate::refusal::Refusal;

/// Why an operation of the service failed. The texts are for the one who asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No repository has that name.
    #[error("{0} does not exist")]
    RepositoryDoesNotExist(RepositoryName),
    /// Another repository has that name.
    #[error("Repository named {0} already exists")]
    RepositoryNameExists(RepositoryName),
    /// The name breaks the rules for repository names.
    #[error(
        "The repository name is not valid. Repository names can be any valid combination of letters, numbers, \
         periods, underscores, and dashes between 1 and 100 characters in length. Names are case sensitive. For more \
         information, see Limits in the AWS CodeCommit User Guide. "
    )]
    InvalidRepositoryName,
    /// The description is too long.
    #[error("The repository description is not valid. Descriptions can be up to 1,000 characters long.")]
    InvalidRepositoryDescription,
    /// More repositories were named than one call may name.
    #[error("The maximum number of repository names is {0}.")]
    TooManyRepositoryNames(usize),
    /// No branch has that name.
    #[error("Branch {0} does not exist")]
    BranchDoesNotExist(String),
    /// The name breaks the rules for branch names.
    #[error("The branch name is not valid: {0}.")]
    InvalidBranchName(String),
    /// A tag breaks a rule.
    #[error("The map of tags is not valid: {0}.")]
    InvalidTags(String),
    /// More tags than a repository may have.
    #[error("A repository can have at most {0} tags.")]
    TooManyTags(usize),
    /// A tag whose key is kept for the system.
    #[error("Tag keys cannot start with aws: {0}")]
    SystemTag(String),
    /// A rule cannot be relaxed, or there is none of that name.
    #[error("The fsck rules are not valid: {0}.")]
    InvalidFsckRule(String),
    /// A repack would take more memory, disk or time than there is.
    #[error("The repository is larger than what is repacked here.")]
    TooLargeToRepack,
    /// The encryption key's name is malformed.
    #[error("The encryption key ID is not valid.")]
    InvalidKmsKeyId,
    /// The token is not one that the service gave out for this listing.
    #[error("The specified continuation token is not valid.")]
    InvalidContinuationToken,
    /// The caller may not do that.
    #[error("User: {principal} is not authorized to perform: {action} on resource: {resource} {because}")]
    AccessDenied {
        /// ARN of the caller.
        principal: String,
        /// The action, with its service.
        action: String,
        /// ARN of what it was about.
        resource: String,
        /// Which kind of policy decided.
        because: String,
    },
    /// No identity has that name.
    #[error("The {what} with name {name} cannot be found.")]
    NoSuchEntity {
        /// What it would be, such as `user`.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// There is an identity of that name.
    #[error("{what} with name {name} already exists.")]
    EntityAlreadyExists {
        /// What it is, such as `User`.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// An identity cannot be deleted while it has parts or is in use.
    #[error("Cannot delete entity, {0}.")]
    DeleteConflict(String),
    /// A quota of identities is reached.
    #[error("Cannot exceed quota for {what}: {limit}")]
    LimitExceeded {
        /// Of what, such as `AccessKeysPerUser`.
        what: &'static str,
        /// How many there may be.
        limit: usize,
    },
    /// An argument breaks a rule.
    #[error("{0}")]
    InvalidInput(String),
    /// A policy cannot be read.
    #[error("{0}")]
    MalformedPolicyDocument(String),
    /// A one-time password is wrong, or was used already.
    #[error("{0}")]
    InvalidAuthenticationCode(String),
    /// What is asked for does not fit how things are, such as a device that is enabled already.
    #[error("{0}")]
    EntityConflict(String),
    /// An ID token, or what AWS says of a caller, is not accepted.
    #[error("{0}")]
    InvalidIdentityToken(String),
    /// An ID token is too old.
    #[error("{0}")]
    ExpiredToken(String),
    /// An identity provider, or AWS, could not be asked.
    #[error("{0}")]
    IdentityProviderUnreachable(String),
    /// The policies and tags of a session are together more than its token may carry.
    #[error("Packed policy consumes {0}% of allotted space, please use smaller policy.")]
    SessionTooLarge(usize),
    /// A public key is of a kind that is not taken, or malformed.
    #[error("{0}")]
    InvalidPublicKey(String),
    /// A public key is written in a way that is not understood.
    #[error("{0}")]
    UnrecognizedPublicKeyEncoding(String),
    /// The user has that public key already.
    #[error("The SSH public key is already associated with the user {0}.")]
    DuplicateSshPublicKey(String),
    /// There are no service-specific credentials for that service.
    #[error("Service {0} does not support service-specific credentials.")]
    ServiceNotSupported(String),
    /// No deleted repository has that id or name.
    #[error("No deleted repository has the ID or name {0}.")]
    NoDeletedRepository(String),
    /// Several deleted repositories have that name.
    #[error("Several deleted repositories were named {name}. Choose one by its ID: {}.", ids.join(", "))]
    SeveralDeletedRepositories {
        /// The name.
        name: String,
        /// Their ids.
        ids: Vec<String>,
    },
    /// Another reason of the API's, with what it says.
    #[error("{1}")]
    Refused(Refusal, String),
    /// The store failed. What it says is for the log only.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// The result of an operation of the service.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of failure an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What was named does not exist.
    NotFound,
    /// It clashes with what is there.
    Conflict,
    /// What was sent breaks a rule.
    Invalid,
    /// The caller may not do that.
    Denied,
    /// What was sent is over a limit.
    TooLarge,
    /// Trying again later may help.
    Unavailable,
    /// What is stored contradicts itself.
    Corrupt,
}

impl Error {
    /// What kind of failure it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::RepositoryDoesNotExist(_)
            | Self::BranchDoesNotExist(_)
            | Self::NoDeletedRepository(_)
            | Self::NoSuchEntity { .. }
            | Self::ServiceNotSupported(_) => Kind::NotFound,
            Self::RepositoryNameExists(_)
            | Self::SeveralDeletedRepositories { .. }
            | Self::EntityAlreadyExists { .. }
            | Self::DeleteConflict(_)
            | Self::EntityConflict(_)
            | Self::DuplicateSshPublicKey(_) => Kind::Conflict,
            Self::InvalidRepositoryName
            | Self::InvalidRepositoryDescription
            | Self::InvalidBranchName(_)
            | Self::InvalidTags(_)
            | Self::SystemTag(_)
            | Self::InvalidFsckRule(_)
            | Self::InvalidKmsKeyId
            | Self::InvalidContinuationToken
            | Self::InvalidInput(_)
            | Self::MalformedPolicyDocument(_)
            | Self::InvalidAuthenticationCode(_)
            | Self::InvalidIdentityToken(_)
            | Self::ExpiredToken(_)
            | Self::InvalidPublicKey(_)
            | Self::UnrecognizedPublicKeyEncoding(_) => Kind::Invalid,
            Self::TooManyRepositoryNames(_)
            | Self::TooManyTags(_)
            | Self::LimitExceeded { .. }
            | Self::TooLargeToRepack
            | Self::SessionTooLarge(_) => Kind::TooLarge,
            Self::AccessDenied { .. } => Kind::Denied,
            Self::Refused(refusal, _) => refusal.kind(),
            Self::IdentityProviderUnreachable(_) => Kind::Unavailable,
            Self::Storage(error) => match error {
                StorageError::NoRepository | StorageError::NoObject(_) => Kind::NotFound,
                StorageError::Invalid(_) => Kind::Invalid,
                StorageError::TooLarge(_) => Kind::TooLarge,
                StorageError::Busy
                | StorageError::Outdated
                | StorageError::Unavailable(_)
                | StorageError::Ambiguous(_) => Kind::Unavailable,
                // Whoever asks named no key, so none is missing or denied to them.
                StorageError::Key { fault, .. } => match fault {
                    KeyFault::Unavailable => Kind::Unavailable,
                    _ => Kind::Conflict,
                },
                StorageError::Corrupt(_) => Kind::Corrupt,
            },
        }
    }

    /// A contradiction in what is stored.
    pub fn corrupt(what: impl Into<String>) -> Self {
        Self::Storage(StorageError::corrupt(what))
    }
}

impl From<packhouse_storage::table::TableError> for Error {
    fn from(error: packhouse_storage::table::TableError) -> Self {
        Self::Storage(error.into())
    }
}
