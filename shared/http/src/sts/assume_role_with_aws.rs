//! `AssumeRoleWithAws`, which is not AWS's: `Url` is a presigned `GET` of STS's `GetCallerIdentity`, signed with the header
//! `x-packhouse-server-id`, whose value is the host (and port, if need be) that this installation is reached under.

use packhouse_forge::sts::aws_identity;

use super::{Begun, failure, role_session};
use crate::aws_query::UnsignedCall;
use crate::aws_query::xml::Xml;

pub(super) async fn serve(call: &UnsignedCall<'_>) -> Begun {
    let request = role_session::request(call.params)?;
    let url = call.params.required("Url")?;
    let begun = aws_identity::assume(call.forge, call.source, &request, url).await;
    let begun = begun.map_err(failure)?;
    let xml = Xml::result(|result| {
        role_session::written(result, &begun.role);
        result.element("AwsCaller", |xml| {
            xml.text("Arn", &begun.caller.arn);
            xml.text("Account", &begun.caller.account);
            xml.text("UserId", &begun.caller.user_id);
        });
    });
    Ok((xml, begun.role.key))
}
