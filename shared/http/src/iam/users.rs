//! Users.

use packhouse_forge::iam::groups::list_for_user;
use packhouse_forge::iam::user_meant;
use packhouse_forge::iam::users::{self, New, User};
use packhouse_storage::keys::Identity;

use super::{groups, pages, tags};
use crate::aws_query::xml::Xml;
use crate::aws_query::{Answer, Call};

pub(super) async fn create(call: &Call<'_>) -> Answer {
    let params = call.params;
    let new = New {
        name: params.identity("UserName", Identity::User)?,
        path: params.path("Path")?.unwrap_or_default(),
        boundary: params.text("PermissionsBoundary").map(str::to_owned),
        tags: params.tags()?,
    };
    let user = users::create(call.forge, call.caller, new).await?;
    Ok(Xml::result(|xml| xml.element("User", |xml| write(xml, &user, true))))
}

pub(super) async fn get(call: &Call<'_>) -> Answer {
    let named = call.params.identity_if_given("UserName", Identity::User)?;
    let name = user_meant(call.caller, named)?;
    let user = users::get_one(call.forge, call.caller, &name).await?;
    Ok(Xml::result(|xml| xml.element("User", |xml| write(xml, &user, true))))
}

pub(super) async fn update(call: &Call<'_>) -> Answer {
    let params = call.params;
    let name = params.identity("UserName", Identity::User)?;
    let new = (
        params.identity_if_given("NewUserName", Identity::User)?,
        params.path("NewPath")?,
    );
    users::update(call.forge, call.caller, &name, new).await?;
    Ok(Xml::nothing())
}

pub(super) async fn delete(call: &Call<'_>) -> Answer {
    let name = call.params.identity("UserName", Identity::User)?;
    users::delete(call.forge, call.caller, &name).await?;
    Ok(Xml::nothing())
}

pub(super) async fn list(call: &Call<'_>) -> Answer {
    let (prefix, paging) = (pages::prefix(call.params)?, pages::asked(call.params)?);
    let page = users::list(call.forge, call.caller, prefix, &paging).await?;
    Ok(Xml::result(|xml| {
        xml.list("Users", &page.items, |xml, user| write(xml, user, false));
        pages::end(xml, &page);
    }))
}

pub(super) async fn list_groups(call: &Call<'_>) -> Answer {
    let name = call.params.identity("UserName", Identity::User)?;
    let paging = pages::asked(call.params)?;
    let page = list_for_user(call.forge, call.caller, &name, &paging).await?;
    Ok(Xml::result(|xml| {
        xml.list("Groups", &page.items, groups::write);
        pages::end(xml, &page);
    }))
}

/// A user; lists leave out boundary and tags.
pub(super) fn write(xml: &mut Xml, user: &User, whole: bool) {
    xml.text("Path", &user.path);
    xml.text("UserName", &user.name);
    xml.text("UserId", &user.id);
    xml.text("Arn", &user.arn);
    xml.time("CreateDate", user.created_ms);
    if whole {
        write_boundary(xml, user.boundary.as_deref());
        tags::write_some(xml, &user.tags);
    }
}

/// A permissions boundary, if there is one.
pub(super) fn write_boundary(xml: &mut Xml, boundary: Option<&str>) {
    if let Some(arn) = boundary {
        xml.element("PermissionsBoundary", |xml| {
            xml.text("PermissionsBoundaryType", "PermissionsBoundaryPolicy");
            xml.text("PermissionsBoundaryArn", arn);
        });
    }
}
