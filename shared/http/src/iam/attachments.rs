//! Managed policies that are attached, and permissions boundaries.

use packhouse_forge::iam::Holder;
use packhouse_forge::iam::attachments::{self, Attached};

use super::inline_policies::whom;
use super::pages;
use crate::aws_query::xml::Xml;
use crate::aws_query::{Answer, Call};

pub(super) async fn attach(call: &Call<'_>, holder: Holder) -> Answer {
    let (whom, policy) = (whom(call.params, holder)?, call.params.required("PolicyArn")?);
    attachments::attach(call.forge, call.caller, (holder, &whom), policy).await?;
    Ok(Xml::nothing())
}

pub(super) async fn detach(call: &Call<'_>, holder: Holder) -> Answer {
    let (whom, policy) = (whom(call.params, holder)?, call.params.required("PolicyArn")?);
    attachments::detach(call.forge, call.caller, (holder, &whom), policy).await?;
    Ok(Xml::nothing())
}

pub(super) async fn list(call: &Call<'_>, holder: Holder) -> Answer {
    let whom = whom(call.params, holder)?;
    let (prefix, paging) = (pages::prefix(call.params)?, pages::asked(call.params)?);
    let page = attachments::list(call.forge, call.caller, (holder, &whom), prefix, &paging).await?;
    Ok(Xml::result(|xml| {
        xml.list("AttachedPolicies", &page.items, write);
        pages::end(xml, &page);
    }))
}

pub(super) async fn put_boundary(call: &Call<'_>, holder: Holder) -> Answer {
    let whom = whom(call.params, holder)?;
    let policy = call.params.required("PermissionsBoundary")?;
    attachments::set_boundary(call.forge, call.caller, (holder, &whom), Some(policy)).await?;
    Ok(Xml::nothing())
}

pub(super) async fn delete_boundary(call: &Call<'_>, holder: Holder) -> Answer {
    let whom = whom(call.params, holder)?;
    attachments::set_boundary(call.forge, call.caller, (holder, &whom), None).await?;
    Ok(Xml::nothing())
}

pub(super) fn write(xml: &mut Xml, attached: &Attached) {
    xml.text("PolicyName", &attached.name);
    xml.text("PolicyArn", &attached.arn);
}
