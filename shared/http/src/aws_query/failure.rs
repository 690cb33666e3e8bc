//! Errors as the AWS Query protocol writes them.

use axum::http::StatusCode;
use axum::response::Response;
use packhouse_forge::audit;
use packhouse_forge::error::Error;
use packhouse_storage::error::Error as StorageError;

use super::params::member;
use super::xml::Xml;
use super::xml_response;
use crate::auth::{signed, sigv4};
use crate::operation::{BodyFault, Interrupted};

/// The code of what a policy is against.
const DENIED: &str = "AccessDenied";
/// The code of a proof of who somebody is that proves nothing.
const INVALID_TOKEN: &str = "InvalidIdentityToken";

/// An error of an operation: a code that SDKs turn into their own exception, and a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Failure {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }

    /// A parameter breaks a rule.
    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "ValidationError", message)
    }

    /// A parameter is missing.
    pub(crate) fn null(name: &str) -> Self {
        Self::validation(format!(
            "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be null",
            member(name)
        ))
    }

    /// The call is not one.
    pub(crate) fn malformed(why: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "MalformedInput", why)
    }

    /// No operation is named.
    pub(super) fn missing_action() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "MissingAction",
            "The request is missing an action or a required parameter.",
        )
    }

    /// There is no such operation, or not here.
    pub(crate) fn invalid_action(action: &str, version: &str) -> Self {
        let cut = |text: &str| text.chars().take(64).collect::<String>();
        Self::new(
            StatusCode::BAD_REQUEST,
            "InvalidAction",
            format!("Could not find operation {} for version {}", cut(action), cut(version)),
        )
    }

    /// Something that must not happen did; what it was is for the log only.
    pub(crate) fn internal(error: &dyn std::error::Error) -> Self {
        tracing::error!(%error, "an operation failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "ServiceFailure",
            "An internal error occurred. The server's log tells more under the request's ID.",
        )
    }

    /// Whether there is no such operation.
    pub(super) fn is_invalid_action(&self) -> bool {
        self.code == "InvalidAction"
    }

    /// Whether a proof of who somebody is was looked at and did not do. What is malformed, and what nobody could look at,
    /// guesses nothing.
    pub(super) fn is_guess(&self) -> bool {
        [DENIED, INVALID_TOKEN].contains(&self.code)
    }

    /// How the audit log has it.
    pub(super) fn audited(&self) -> audit::Failure {
        audit::Failure {
            code: self.code.to_owned(),
            message: self.message.clone(),
            denied: self.code == DENIED,
        }
    }

    pub(super) fn into_response(self, namespace: &str, request_id: &str) -> Response {
        let kind = if self.status.is_server_error() {
            "Receiver"
        } else {
            "Sender"
        };
        let xml = Xml::error(namespace, request_id, |error| {
            error.text("Type", kind);
            error.text("Code", self.code);
            error.text("Message", &self.message);
        });
        xml_response(self.status, xml)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        const BAD: StatusCode = StatusCode::BAD_REQUEST;
        let (status, code) = match &error {
            Error::AccessDenied { .. } => (StatusCode::FORBIDDEN, DENIED),
            Error::NoSuchEntity { .. } => (StatusCode::NOT_FOUND, "NoSuchEntity"),
            Error::EntityAlreadyExists { .. } => (StatusCode::CONFLICT, "EntityAlreadyExists"),
            Error::DeleteConflict(_) => (StatusCode::CONFLICT, "DeleteConflict"),
            Error::LimitExceeded { .. } => (StatusCode::CONFLICT, "LimitExceeded"),
            Error::EntityConflict(_) => (StatusCode::CONFLICT, "EntityTemporarilyUnmodifiable"),
            Error::InvalidInput(_) => (BAD, "InvalidInput"),
            Error::MalformedPolicyDocument(_) => (BAD, "MalformedPolicyDocument"),
            Error::InvalidAuthenticationCode(_) => (StatusCode::FORBIDDEN, "InvalidAuthenticationCode"),
            Error::InvalidIdentityToken(_) => (BAD, INVALID_TOKEN),
            Error::ExpiredToken(_) => (BAD, "ExpiredTokenException"),
            Error::IdentityProviderUnreachable(_) => (BAD, "IDPCommunicationError"),
            Error::SessionTooLarge(_) => (BAD, "PackedPolicyTooLarge"),
            Error::InvalidPublicKey(_) => (BAD, "InvalidPublicKey"),
            Error::UnrecognizedPublicKeyEncoding(_) => (BAD, "UnrecognizedPublicKeyEncoding"),
            Error::DuplicateSshPublicKey(_) => (BAD, "DuplicateSSHPublicKey"),
            Error::ServiceNotSupported(_) => (StatusCode::NOT_FOUND, "NotSupportedService"),
            Error::InvalidContinuationToken => return Self::validation("Invalid Marker."),
            Error::Storage(storage) => return Self::from_storage(storage),
            // Of repositories, which IAM and STS know nothing of.
            Error::RepositoryDoesNotExist(_)
            | Error::RepositoryNameExists(_)
            | Error::InvalidRepositoryName
            | Error::InvalidRepositoryDescription
            | Error::TooManyRepositoryNames(_)
            | Error::BranchDoesNotExist(_)
            | Error::InvalidBranchName(_)
            | Error::InvalidTags(_)
            | Error::TooManyTags(_)
            | Error::SystemTag(_)
            | Error::InvalidFsckRule(_)
            | Error::TooLargeToRepack
            | Error::InvalidKmsKeyId
            | Error::NoDeletedRepository(_)
            | Error::Refused(..)
            | Error::SeveralDeletedRepositories { .. } => (BAD, "InvalidInput"),
        };
        Self::new(status, code, error.to_string())
    }
}

impl Failure {
    fn from_storage(error: &StorageError) -> Self {
        match error {
            StorageError::Busy | StorageError::Outdated | StorageError::Unavailable(_) | StorageError::Ambiguous(_) => {
                tracing::error!(%error, "an operation could not be carried out");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "ServiceUnavailable",
                    "The service is busy. Try again.",
                )
            }
            StorageError::NoRepository
            | StorageError::NoObject(_)
            | StorageError::Invalid(_)
            | StorageError::TooLarge(_)
            | StorageError::Key { .. }
            | StorageError::Corrupt(_) => Self::internal(error),
        }
    }
}

impl From<signed::Refused> for Failure {
    fn from(refused: signed::Refused) -> Self {
        match refused {
            signed::Refused::Signature(refused) => refused.into(),
            signed::Refused::Throttled(throttled) => {
                Self::new(StatusCode::BAD_REQUEST, "Throttling", throttled.to_string())
            }
            signed::Refused::Failed(error) => error.into(),
        }
    }
}

impl From<sigv4::Refused> for Failure {
    fn from(refused: sigv4::Refused) -> Self {
        const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;
        match refused {
            sigv4::Refused::Missing => Self::new(
                FORBIDDEN,
                "MissingAuthenticationToken",
                "Request is missing Authentication Token",
            ),
            sigv4::Refused::Incomplete(why) => Self::new(StatusCode::BAD_REQUEST, "IncompleteSignature", why),
            sigv4::Refused::UnknownKey => Self::new(
                FORBIDDEN,
                "InvalidClientTokenId",
                "The security token included in the request is invalid.",
            ),
            sigv4::Refused::Mismatch => Self::new(
                FORBIDDEN,
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
                 Access Key and signing method. Consult the service documentation for details.",
            ),
            sigv4::Refused::OutOfScope(why) => Self::new(FORBIDDEN, "SignatureDoesNotMatch", why),
        }
    }
}

impl From<BodyFault> for Failure {
    fn from(fault: BodyFault) -> Self {
        match fault {
            BodyFault::TooLong(limit) => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestEntityTooLarge",
                format!("The request is longer than {limit} bytes."),
            ),
            BodyFault::Late => Interrupted::Late.into(),
            BodyFault::BrokeOff => Self::malformed("The body broke off"),
        }
    }
}

impl From<Interrupted> for Failure {
    fn from(interrupted: Interrupted) -> Self {
        match interrupted {
            Interrupted::Late => Self::new(
                StatusCode::REQUEST_TIMEOUT,
                "RequestTimeout",
                "The request took too long.",
            ),
            Interrupted::Panicked(error) => Self::internal(&error),
        }
    }
}
