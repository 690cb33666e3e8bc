//! Errors as AWS JSON writes them.

use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use packhouse_forge::audit;
use packhouse_forge::error::Error;
use packhouse_forge::refusal::Refusal;
use packhouse_storage::blobs::KeyFault;
use packhouse_storage::error::Error as StorageError;
use serde_json::json;

use super::json_response;
use crate::auth::signed::Refused;
use crate::auth::sigv4;
use crate::operation::{BodyFault, Interrupted};

const UNKNOWN: &str = "UnknownOperationException";
const DENIED: &str = "AccessDeniedException";

/// An error of an operation: a name that SDKs turn into their own exception, and a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    status: StatusCode,
    exception: &'static str,
    message: String,
}

impl Failure {
    /// A modelled exception. All of them are a 400.
    pub(crate) fn invalid(exception: &'static str, message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            exception,
            message: message.into(),
        }
    }

    /// The operation does not exist, or not here.
    pub(crate) fn unknown_operation(message: impl Into<String>) -> Self {
        Self::invalid(UNKNOWN, message)
    }

    /// The body is not the JSON that the operation takes.
    pub(crate) fn serialization(why: &str) -> Self {
        Self::invalid("SerializationException", why)
    }

    /// The body is longer than any that an operation takes.
    pub(crate) fn body_too_large(limit: usize) -> Self {
        let message = format!("The request is longer than {limit} bytes.");
        Self {
            status: StatusCode::PAYLOAD_TOO_LARGE,
            exception: "RequestEntityTooLargeException",
            message,
        }
    }

    /// The body took too long to arrive.
    pub(crate) fn request_timeout() -> Self {
        let message = "The request took too long to arrive.".to_owned();
        Self {
            status: StatusCode::REQUEST_TIMEOUT,
            exception: "RequestTimeoutException",
            message,
        }
    }

    /// Something that must not happen did; what it was is for the log only.
    pub(crate) fn internal(error: &dyn std::error::Error) -> Self {
        tracing::error!(%error, "an operation failed");
        let message = "An internal error occurred. The server's log tells more under the request's ID.".to_owned();
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            exception: "InternalFailure",
            message,
        }
    }

    /// Trying again later may help.
    fn unavailable(error: &StorageError) -> Self {
        tracing::error!(%error, "an operation could not be carried out");
        let message = "The service is busy. Try again.".to_owned();
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            exception: "ServiceUnavailableException",
            message,
        }
    }

    /// Whether the operation does not exist.
    pub(crate) fn is_unknown_operation(&self) -> bool {
        self.exception == UNKNOWN
    }

    /// The status that it is answered with.
    pub(crate) const fn status(&self) -> StatusCode {
        self.status
    }

    /// Its name.
    pub(crate) const fn exception(&self) -> &'static str {
        self.exception
    }

    /// What it says.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// How the audit log has it.
    pub(crate) fn audited(&self) -> audit::Failure {
        audit::Failure {
            code: self.exception.trim_end_matches("Exception").to_owned(),
            message: self.message.clone(),
            denied: self.exception == DENIED,
        }
    }

    pub(crate) fn into_response(self) -> Response {
        let body = json!({ "__type": self.exception, "message": self.message }).to_string();
        let mut response = json_response(self.status, body.into_bytes());
        response
            .headers_mut()
            .insert("x-amzn-errortype", HeaderValue::from_static(self.exception));
        response
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let exception = match &error {
            Error::RepositoryDoesNotExist(_) | Error::NoDeletedRepository(_) => "RepositoryDoesNotExistException",
            Error::RepositoryNameExists(_) => "RepositoryNameExistsException",
            Error::InvalidRepositoryName => "InvalidRepositoryNameException",
            Error::InvalidRepositoryDescription => "InvalidRepositoryDescriptionException",
            Error::TooManyRepositoryNames(_) => "MaximumRepositoryNamesExceededException",
            Error::BranchDoesNotExist(_) => "BranchDoesNotExistException",
            Error::InvalidBranchName(_) => "InvalidBranchNameException",
            Error::InvalidTags(_) => "InvalidTagsMapException",
            Error::TooManyTags(_) => "TooManyTagsException",
            Error::SystemTag(_) => "InvalidSystemTagUsageException",
            Error::TooLargeToRepack => "RepositoryTooLargeException",
            Error::InvalidFsckRule(_) => "InvalidFsckRuleException",
            Error::InvalidKmsKeyId => "EncryptionKeyInvalidIdException",
            Error::InvalidContinuationToken => "InvalidContinuationTokenException",
            Error::AccessDenied { .. } => DENIED,
            Error::Refused(refusal, _) => refusal.exception(),
            Error::SeveralDeletedRepositories { .. } => "SeveralDeletedRepositoriesException",
            // The operations of these protocols change no identities.
            Error::NoSuchEntity { .. }
            | Error::EntityAlreadyExists { .. }
            | Error::DeleteConflict(_)
            | Error::LimitExceeded { .. }
            | Error::InvalidInput(_)
            | Error::MalformedPolicyDocument(_)
            | Error::InvalidAuthenticationCode(_)
            | Error::EntityConflict(_)
            | Error::InvalidIdentityToken(_)
            | Error::ExpiredToken(_)
            | Error::IdentityProviderUnreachable(_)
            | Error::SessionTooLarge(_)
            | Error::InvalidPublicKey(_)
            | Error::UnrecognizedPublicKeyEncoding(_)
            | Error::DuplicateSshPublicKey(_)
            | Error::ServiceNotSupported(_) => "ValidationException",
            Error::Storage(storage) => return Self::from_storage(storage),
        };
        Self::invalid(exception, error.to_string())
    }
}

impl Failure {
    /// Blobs cannot be read or written, because their encryption key is of no use.
    fn key(fault: KeyFault, why: &str) -> Self {
        tracing::warn!(%fault, why, "an encryption key is of no use");
        let refusal = match fault {
            KeyFault::AccessDenied => Refusal::EncryptionKeyAccessDenied,
            KeyFault::Disabled => Refusal::EncryptionKeyDisabled,
            KeyFault::NotFound => Refusal::EncryptionKeyNotFound,
            // What most operations can say of a key that turned out to be none, or to be for something else.
            KeyFault::InvalidId | KeyFault::InvalidUsage | KeyFault::Unavailable => Refusal::EncryptionKeyUnavailable,
        };
        Self::invalid(refusal.exception(), refusal.message())
    }

    fn from_storage(error: &StorageError) -> Self {
        match error {
            StorageError::NoRepository => {
                Self::invalid("RepositoryDoesNotExistException", "The repository does not exist")
            }
            StorageError::Busy | StorageError::Outdated | StorageError::Unavailable(_) | StorageError::Ambiguous(_) => {
                Self::unavailable(error)
            }
            StorageError::Key { fault, why } => Self::key(*fault, why),
            // The operations so far name no objects and store nothing that could be invalid or too large.
            StorageError::NoObject(_)
            | StorageError::Invalid(_)
            | StorageError::TooLarge(_)
            | StorageError::Corrupt(_) => Self::internal(error),
        }
    }
}

/// AWS JSON services answer all of these with a 400.
impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        let refused = match refused {
            Refused::Signature(refused) => refused,
            Refused::Throttled(throttled) => {
                return Self::invalid("ThrottlingException", throttled.to_string());
            }
            Refused::Failed(error) => return error.into(),
        };
        let (exception, message) = match refused {
            sigv4::Refused::Missing => (
                "MissingAuthenticationTokenException",
                "Missing Authentication Token".to_owned(),
            ),
            sigv4::Refused::Incomplete(why) => ("IncompleteSignatureException", why),
            sigv4::Refused::UnknownKey => {
                let message = "The security token included in the request is invalid.";
                ("UnrecognizedClientException", message.to_owned())
            }
            sigv4::Refused::Mismatch => {
                let message = "The request signature we calculated does not match the signature you provided. Check \
                     your AWS Secret Access Key and signing method. Consult the service documentation for details.";
                ("InvalidSignatureException", message.to_owned())
            }
            sigv4::Refused::OutOfScope(why) => ("InvalidSignatureException", why),
        };
        Self::invalid(exception, message)
    }
}

impl From<BodyFault> for Failure {
    fn from(fault: BodyFault) -> Self {
        match fault {
            BodyFault::TooLong(limit) => Self::body_too_large(limit),
            BodyFault::Late => Self::request_timeout(),
            BodyFault::BrokeOff => Self::serialization("the body broke off"),
        }
    }
}

impl From<Interrupted> for Failure {
    fn from(interrupted: Interrupted) -> Self {
        match interrupted {
            Interrupted::Late => Self::request_timeout(),
            Interrupted::Panicked(error) => Self::internal(&error),
        }
    }
}
