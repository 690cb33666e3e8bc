//! Roles.

use packhouse_forge::iam::roles::{self, New, Role};
use packhouse_storage::keys::Identity;

use super::{document, pages, tags, users};
use crate::aws_query::failure::Failure;
use crate::aws_query::xml::Xml;
use crate::aws_query::{Answer, Call};

pub(super) async fn create(call: &Call<'_>) -> Answer {
    let params = call.params;
    let new = New {
        name: params.identity("RoleName", Identity::Role)?,
        path: params.path("Path")?.unwrap_or_default(),
        description: params.text("Description").map(str::to_owned),
        trust: params.required("AssumeRolePolicyDocument")?.to_owned(),
        max_session: params.number("MaxSessionDuration")?,
        boundary: params.text("PermissionsBoundary").map(str::to_owned),
        tags: params.tags()?,
    };
    let role = roles::create(call.forge, call.caller, new).await?;
    Ok(Xml::result(|xml| xml.element("Role", |xml| write(xml, &role, true))))
}

pub(super) async fn get(call: &Call<'_>) -> Answer {
    let name = call.params.identity("RoleName", Identity::Role)?;
    let role = roles::get_one(call.forge, call.caller, &name).await?;
    Ok(Xml::result(|xml| xml.element("Role", |xml| write(xml, &role, true))))
}

pub(super) async fn update(call: &Call<'_>) -> Answer {
    let params = call.params;
    let name = params.identity("RoleName", Identity::Role)?;
    let set = (
        params.given("Description").map(str::to_owned),
        params.number("MaxSessionDuration")?,
    );
    roles::update(call.forge, call.caller, &name, set).await?;
    Ok(Xml::result(|_| ()))
}

pub(super) async fn update_description(call: &Call<'_>) -> Answer {
    let params = call.params;
    let name = params.identity("RoleName", Identity::Role)?;
    let text = params
        .given("Description")
        .ok_or_else(|| Failure::null("Description"))?;
    let role = roles::update_description(call.forge, call.caller, &name, text.to_owned()).await?;
    Ok(Xml::result(|xml| xml.element("Role", |xml| write(xml, &role, true))))
}

pub(super) async fn update_trust(call: &Call<'_>) -> Answer {
    let name = call.params.identity("RoleName", Identity::Role)?;
    let trust = call.params.required("PolicyDocument")?;
    roles::update_trust(call.forge, call.caller, &name, trust).await?;
    Ok(Xml::nothing())
}

pub(super) async fn delete(call: &Call<'_>) -> Answer {
    let name = call.params.identity("RoleName", Identity::Role)?;
    roles::delete(call.forge, call.caller, &name).await?;
    Ok(Xml::nothing())
}

pub(super) async fn list(call: &Call<'_>) -> Answer {
    let (prefix, paging) = (pages::prefix(call.params)?, pages::asked(call.params)?);
    let page = roles::list(call.forge, call.caller, prefix, &paging).await?;
    Ok(Xml::result(|xml| {
        xml.list("Roles", &page.items, |xml, role| write(xml, role, false));
        pages::end(xml, &page);
    }))
}

/// A role; lists leave out boundary and tags.
pub(super) fn write(xml: &mut Xml, role: &Role, whole: bool) {
    xml.text("Path", &role.path);
    xml.text("RoleName", &role.name);
    xml.text("RoleId", &role.id);
    xml.text("Arn", &role.arn);
    xml.time("CreateDate", role.created_ms);
    xml.text("AssumeRolePolicyDocument", &document::encode(&role.trust));
    xml.optional("Description", role.description.as_deref());
    xml.value("MaxSessionDuration", role.max_session);
    if whole {
        users::write_boundary(xml, role.boundary.as_deref());
        tags::write_some(xml, &role.tags);
    }
}
