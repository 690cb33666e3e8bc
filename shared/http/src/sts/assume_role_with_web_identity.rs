//! `AssumeRoleWithWebIdentity`.

use packhouse_forge::sts::web_identity;

use super::{Begun, failure, role_session};
use crate::aws_query::UnsignedCall;
use crate::aws_query::xml::Xml;

pub(super) async fn serve(call: &UnsignedCall<'_>) -> Begun {
    let request = role_session::request(call.params)?;
    let token = call.params.required("WebIdentityToken")?;
    let begun = web_identity::assume(call.forge, call.source, &request, token).await;
    let begun = begun.map_err(failure)?;
    let xml = Xml::result(|result| {
        role_session::written(result, &begun.role);
        result.text("SubjectFromWebIdentityToken", &begun.subject);
        result.text("Provider", &begun.provider);
        result.text("Audience", &begun.audience);
    });
    Ok((xml, begun.role.key))
}
