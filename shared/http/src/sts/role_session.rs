//! Sessions of roles, as all operations ask for and answer them.

use packhouse_forge::sts::{AssumedRole, RoleRequest};

use super::credentials;
use crate::aws_query::failure::Failure;
use crate::aws_query::params::Params;
use crate::aws_query::xml::Xml;

/// What is asked for.
pub(super) fn request(params: &Params) -> Result<RoleRequest, Failure> {
    // Whoever asks for these would get less than they think.
    for unsupported in [
        "SourceIdentity",
        "TransitiveTagKeys.member.1",
        "ProvidedContexts.member.1.ProviderArn",
    ] {
        if params.text(unsupported).is_some() {
            let name = unsupported.split('.').next().unwrap_or_default();
            return Err(Failure::validation(format!("{name} is not supported")));
        }
    }
    let arns = params.structures("PolicyArns.member");
    let arns: Result<Vec<String>, Failure> = arns.iter().map(|one| Ok(one.required("arn")?.to_owned())).collect();
    Ok(RoleRequest {
        role_arn: params.required("RoleArn")?.to_owned(),
        session_name: params.required("RoleSessionName")?.to_owned(),
        duration: params.number("DurationSeconds")?,
        policy: params.text("Policy").map(str::to_owned),
        policy_arns: arns?,
    })
}

/// What is answered.
pub(super) fn written(xml: &mut Xml, session: &AssumedRole) {
    credentials(xml, &session.key, session.expires);
    xml.element("AssumedRoleUser", |xml| {
        xml.text("AssumedRoleId", &session.id);
        xml.text("Arn", &session.arn);
    });
    xml.value("PackedPolicySize", session.packed);
}
