//! STS's API, one file for each operation; and one of our own in its manner.

mod assume_role;
mod assume_role_with_aws;
mod assume_role_with_web_identity;
mod get_caller_identity;
mod get_session_token;
mod role_session;

use axum::http::StatusCode;
use packhouse_forge::error::Error;
use packhouse_forge::identity::session::TemporaryKey;
use packhouse_forge::sts::SecondFactor;

use crate::aws_query::failure::Failure;
use crate::aws_query::params::Params;
use crate::aws_query::xml::Xml;
use crate::aws_query::{Answer, Call, UnsignedCall};
use crate::service::Service;

/// What an operation that is not signed answers, with the key that it gave out: the audit log is to tell whose it is.
pub(crate) type Begun = Result<(Xml, TemporaryKey), Failure>;

/// Whether who calls an operation proves by its parameters who they are.
pub(crate) fn is_unsigned(action: &str) -> bool {
    matches!(action, "AssumeRoleWithWebIdentity" | "AssumeRoleWithAws")
}

/// Carries out an operation that is signed.
pub(crate) async fn dispatch(call: &Call<'_>, action: &str) -> Answer {
    match action {
        "AssumeRole" => assume_role::serve(call).await,
        "GetCallerIdentity" => Ok(get_caller_identity::serve(call)),
        "GetSessionToken" => get_session_token::serve(call).await,
        _ => Err(Failure::invalid_action(action, Service::Sts.api_version())),
    }
}

/// Carries out an operation that is not signed.
pub(crate) async fn dispatch_unsigned(call: &UnsignedCall<'_>, action: &str) -> Begun {
    match action {
        "AssumeRoleWithAws" => assume_role_with_aws::serve(call).await,
        "AssumeRoleWithWebIdentity" => assume_role_with_web_identity::serve(call).await,
        _ => Err(Failure::invalid_action(action, Service::Sts.api_version())),
    }
}

/// An error as STS answers it, where it differs from IAM.
fn failure(error: Error) -> Failure {
    match error {
        Error::InvalidInput(why) => Failure::validation(why),
        Error::InvalidAuthenticationCode(why) => Failure::new(StatusCode::FORBIDDEN, "AccessDenied", why),
        other => other.into(),
    }
}

/// `SerialNumber` and `TokenCode`, of which neither or both must be given.
fn second_factor(params: &Params) -> Result<Option<SecondFactor>, Failure> {
    match (params.text("SerialNumber"), params.text("TokenCode")) {
        (None, None) => Ok(None),
        (Some(serial), Some(password)) => Ok(Some(SecondFactor {
            serial: serial.to_owned(),
            password: password.to_owned(),
        })),
        _ => Err(Failure::new(
            StatusCode::FORBIDDEN,
            "AccessDenied",
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
        )),
    }
}

/// Writes temporary keys, which end at that second since the Unix epoch.
fn credentials(xml: &mut Xml, key: &TemporaryKey, expires: u64) {
    xml.element("Credentials", |xml| {
        xml.text("AccessKeyId", &key.id);
        xml.text("SecretAccessKey", &key.secret);
        xml.text("SessionToken", &key.token);
        xml.time("Expiration", expires.saturating_mul(1000));
    });
}
