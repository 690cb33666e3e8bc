//! Groups.

use packhouse_forge::iam::groups::{self, Group};
use packhouse_storage::keys::Identity;

use super::{pages, users};
use crate::aws_query::xml::Xml;
use crate::aws_query::{Answer, Call};

pub(super) async fn create(call: &Call<'_>) -> Answer {
    let name = call.params.identity("GroupName", Identity::Group)?;
    let path = call.params.path("Path")?.unwrap_or_default();
    let group = groups::create(call.forge, call.caller, &name, &path).await?;
    Ok(Xml::result(|xml| xml.element("Group", |xml| write(xml, &group))))
}

pub(super) async fn get(call: &Call<'_>) -> Answer {
    let name = call.params.identity("GroupName", Identity::Group)?;
    let paging = pages::asked(call.params)?;
    let (group, page) = groups::get_one(call.forge, call.caller, &name, &paging).await?;
    Ok(Xml::result(|xml| {
        xml.element("Group", |xml| write(xml, &group));
        xml.list("Users", &page.items, |xml, user| users::write(xml, user, false));
        pages::end(xml, &page);
    }))
}

pub(super) async fn update(call: &Call<'_>) -> Answer {
    let params = call.params;
    let name = params.identity("GroupName", Identity::Group)?;
    let new = (
        params.identity_if_given("NewGroupName", Identity::Group)?,
        params.path("NewPath")?,
    );
    groups::update(call.forge, call.caller, &name, new).await?;
    Ok(Xml::nothing())
}

pub(super) async fn delete(call: &Call<'_>) -> Answer {
    let name = call.params.identity("GroupName", Identity::Group)?;
    groups::delete(call.forge, call.caller, &name).await?;
    Ok(Xml::nothing())
}

pub(super) async fn list(call: &Call<'_>) -> Answer {
    let (prefix, paging) = (pages::prefix(call.params)?, pages::asked(call.params)?);
    let page = groups::list(call.forge, call.caller, prefix, &paging).await?;
    Ok(Xml::result(|xml| {
        xml.list("Groups", &page.items, write);
        pages::end(xml, &page);
    }))
}

pub(super) async fn add_user(call: &Call<'_>) -> Answer {
    let group = call.params.identity("GroupName", Identity::Group)?;
    let user = call.params.identity("UserName", Identity::User)?;
    groups::add_user(call.forge, call.caller, &group, &user).await?;
    Ok(Xml::nothing())
}

pub(super) async fn remove_user(call: &Call<'_>) -> Answer {
    let group = call.params.identity("GroupName", Identity::Group)?;
    let user = call.params.identity("UserName", Identity::User)?;
    groups::remove_user(call.forge, call.caller, &group, &user).await?;
    Ok(Xml::nothing())
}

pub(super) fn write(xml: &mut Xml, group: &Group) {
    xml.text("Path", &group.path);
    xml.text("GroupName", &group.name);
    xml.text("GroupId", &group.id);
    xml.text("Arn", &group.arn);
    xml.time("CreateDate", group.created_ms);
}
