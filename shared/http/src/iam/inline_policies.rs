//! Inline policies of users, groups and roles.

use packhouse_forge::directory::names::IdentityName;
use packhouse_forge::iam::{Holder, inline_policies};
use packhouse_storage::keys::Identity;

use super::{document, pages};
use crate::aws_query::failure::Failure;
use crate::aws_query::params::Params;
use crate::aws_query::xml::Xml;
use crate::aws_query::{Answer, Call};

pub(super) async fn put(call: &Call<'_>, holder: Holder) -> Answer {
    let (whom, name) = (whom(call.params, holder)?, policy_name(call.params)?);
    let document = call.params.required("PolicyDocument")?;
    inline_policies::put(call.forge, call.caller, (holder, &whom), (&name, document)).await?;
    Ok(Xml::nothing())
}

pub(super) async fn get(call: &Call<'_>, holder: Holder) -> Answer {
    let (whom, name) = (whom(call.params, holder)?, policy_name(call.params)?);
    let (of, text) = inline_policies::get(call.forge, call.caller, (holder, &whom), &name).await?;
    Ok(Xml::result(|xml| {
        xml.text(&name_of(holder), &of);
        xml.text("PolicyName", name.as_str());
        xml.text("PolicyDocument", &document::encode(&text));
    }))
}

pub(super) async fn delete(call: &Call<'_>, holder: Holder) -> Answer {
    let (whom, name) = (whom(call.params, holder)?, policy_name(call.params)?);
    inline_policies::delete(call.forge, call.caller, (holder, &whom), &name).await?;
    Ok(Xml::nothing())
}

pub(super) async fn list(call: &Call<'_>, holder: Holder) -> Answer {
    let (whom, paging) = (whom(call.params, holder)?, pages::asked(call.params)?);
    let page = inline_policies::list(call.forge, call.caller, (holder, &whom), &paging).await?;
    Ok(Xml::result(|xml| {
        xml.texts("PolicyNames", page.items.iter().map(String::as_str));
        pages::end(xml, &page);
    }))
}

/// Whose policy a call is about.
pub(super) fn whom(params: &Params, holder: Holder) -> Result<IdentityName, Failure> {
    params.identity(&name_of(holder), holder.kind())
}

fn name_of(holder: Holder) -> String {
    format!("{}Name", holder.word())
}

fn policy_name(params: &Params) -> Result<IdentityName, Failure> {
    params.identity("PolicyName", Identity::Policy)
}
