//! Errors as `CodeStar Notifications` words them.

use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use packhouse_forge::audit;
use packhouse_forge::error::Error;
use serde_json::json;

use super::json_response;
use crate::auth::signed::Refused;
use crate::aws_json::failure::Failure as AwsJson;
use crate::operation::{BodyFault, Interrupted};

const DENIED: &str = "AccessDeniedException";

/// An error of an operation: a status, a name that SDKs turn into their own exception, and a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    status: StatusCode,
    exception: &'static str,
    message: String,
}

impl Failure {
    fn new(status: StatusCode, exception: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            exception,
            message: message.into(),
        }
    }

    /// What was sent breaks a rule.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "ValidationException", message)
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
        let body = json!({ "Message": self.message }).to_string();
        let mut response = json_response(self.status, body.into_bytes());
        response
            .headers_mut()
            .insert("x-amzn-errortype", HeaderValue::from_static(self.exception));
        response
    }
}

/// What all protocols say alike.
impl From<AwsJson> for Failure {
    fn from(failure: AwsJson) -> Self {
        Self::new(failure.status(), failure.exception(), failure.message())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let (status, exception) = match &error {
            Error::NoSuchEntity { .. } => (StatusCode::NOT_FOUND, "ResourceNotFoundException"),
            Error::EntityAlreadyExists { .. } => (StatusCode::CONFLICT, "ResourceAlreadyExistsException"),
            Error::LimitExceeded { .. } => (StatusCode::BAD_REQUEST, "LimitExceededException"),
            Error::RepositoryDoesNotExist(_) => (StatusCode::BAD_REQUEST, "ConfigurationException"),
            Error::InvalidContinuationToken => (StatusCode::BAD_REQUEST, "InvalidNextTokenException"),
            Error::AccessDenied { .. } => (StatusCode::FORBIDDEN, DENIED),
            Error::InvalidInput(_)
            | Error::InvalidTags(_)
            | Error::SystemTag(_)
            | Error::DeleteConflict(_)
            | Error::InvalidRepositoryName
            | Error::Refused(..) => (StatusCode::BAD_REQUEST, "ValidationException"),
            _ => return AwsJson::from(error).into(),
        };
        Self::new(status, exception, error.to_string())
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        let status = match &refused {
            Refused::Signature(_) => StatusCode::FORBIDDEN,
            Refused::Throttled(_) => StatusCode::TOO_MANY_REQUESTS,
            Refused::Failed(_) => return AwsJson::from(refused).into(),
        };
        Self {
            status,
            ..AwsJson::from(refused).into()
        }
    }
}

impl From<BodyFault> for Failure {
    fn from(fault: BodyFault) -> Self {
        AwsJson::from(fault).into()
    }
}

impl From<Interrupted> for Failure {
    fn from(interrupted: Interrupted) -> Self {
        AwsJson::from(interrupted).into()
    }
}
