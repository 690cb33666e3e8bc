//! Managed policies.

use packhouse_forge::iam::Holder;
use packhouse_forge::iam::policies::{self, Entity, New, Policy, Scope, Usage, Version};
use packhouse_storage::keys::Identity;

use super::{document, pages, tags};
use crate::aws_query::failure::Failure;
use crate::aws_query::params::Params;
use crate::aws_query::xml::Xml;
use crate::aws_query::{Answer, Call};

/// What a list of policies shows of each, and what only the answer about one of them does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Listed,
    Whole,
}

pub(super) async fn create(call: &Call<'_>) -> Answer {
    let params = call.params;
    let new = New {
        name: params.identity("PolicyName", Identity::Policy)?,
        path: params.path("Path")?.unwrap_or_default(),
        document: params.required("PolicyDocument")?.to_owned(),
        description: params.text("Description").map(str::to_owned),
        tags: params.tags()?,
    };
    let policy = policies::create(call.forge, call.caller, new).await?;
    Ok(Xml::result(|xml| {
        xml.element("Policy", |xml| write(xml, &policy, Shown::Whole));
    }))
}

pub(super) async fn get(call: &Call<'_>) -> Answer {
    let arn = arn(call.params)?;
    let policy = policies::get_one(call.forge, call.caller, arn).await?;
    Ok(Xml::result(|xml| {
        xml.element("Policy", |xml| write(xml, &policy, Shown::Whole));
    }))
}

pub(super) async fn delete(call: &Call<'_>) -> Answer {
    policies::delete(call.forge, call.caller, arn(call.params)?).await?;
    Ok(Xml::nothing())
}

pub(super) async fn list(call: &Call<'_>) -> Answer {
    let params = call.params;
    let scopes = [("All", Scope::All), ("AWS", Scope::Aws), ("Local", Scope::Local)];
    let scope = params.word("Scope", &scopes)?.unwrap_or_default();
    let used = (params.flag("OnlyAttached")?.unwrap_or(false), usage(params)?);
    let (prefix, paging) = (pages::prefix(params)?, pages::asked(params)?);
    let page = policies::list(call.forge, call.caller, (scope, prefix), used, &paging).await?;
    Ok(Xml::result(|xml| {
        xml.list("Policies", &page.items, |xml, policy| write(xml, policy, Shown::Listed));
        pages::end(xml, &page);
    }))
}

pub(super) async fn create_version(call: &Call<'_>) -> Answer {
    let params = call.params;
    let document = params.required("PolicyDocument")?.to_owned();
    let set_as_default = params.flag("SetAsDefault")?.unwrap_or(false);
    let new = (document, set_as_default);
    let version = policies::create_version(call.forge, call.caller, arn(params)?, new).await?;
    Ok(Xml::result(|xml| {
        xml.element("PolicyVersion", |xml| write_version(xml, &version, Shown::Listed));
    }))
}

pub(super) async fn get_version(call: &Call<'_>) -> Answer {
    let (arn, id) = (arn(call.params)?, call.params.required("VersionId")?);
    let version = policies::get_version(call.forge, call.caller, arn, id).await?;
    Ok(Xml::result(|xml| {
        xml.element("PolicyVersion", |xml| write_version(xml, &version, Shown::Whole));
    }))
}

pub(super) async fn delete_version(call: &Call<'_>) -> Answer {
    let (arn, id) = (arn(call.params)?, call.params.required("VersionId")?);
    policies::delete_version(call.forge, call.caller, arn, id).await?;
    Ok(Xml::nothing())
}

pub(super) async fn set_default_version(call: &Call<'_>) -> Answer {
    let (arn, id) = (arn(call.params)?, call.params.required("VersionId")?);
    policies::set_default_version(call.forge, call.caller, arn, id).await?;
    Ok(Xml::nothing())
}

pub(super) async fn list_versions(call: &Call<'_>) -> Answer {
    let paging = pages::asked(call.params)?;
    let page = policies::list_versions(call.forge, call.caller, arn(call.params)?, &paging).await?;
    Ok(Xml::result(|xml| {
        xml.list("Versions", &page.items, |xml, version| {
            write_version(xml, version, Shown::Listed);
        });
        pages::end(xml, &page);
    }))
}

pub(super) async fn entities(call: &Call<'_>) -> Answer {
    let params = call.params;
    let filters = [
        ("User", Some(Holder::User)),
        ("Role", Some(Holder::Role)),
        ("Group", Some(Holder::Group)),
        // Policies are attached to none of these.
        ("LocalManagedPolicy", None),
        ("AWSManagedPolicy", None),
    ];
    let filter = params.word("EntityFilter", &filters)?;
    if filter == Some(None) {
        return Err(Failure::validation(
            "EntityFilter must be User, Role or Group: policies are not attached to policies",
        ));
    }
    let wanted = (filter.flatten(), pages::prefix(params)?, usage(params)?);
    let paging = pages::asked(params)?;
    let page = policies::entities(call.forge, call.caller, arn(params)?, wanted, &paging).await?;
    Ok(Xml::result(|xml| {
        let all = page.items.first().cloned().unwrap_or_default();
        write_entities(xml, ("PolicyGroups", "Group"), &all.groups);
        write_entities(xml, ("PolicyUsers", "User"), &all.users);
        write_entities(xml, ("PolicyRoles", "Role"), &all.roles);
        pages::end(xml, &page);
    }))
}

fn arn(params: &Params) -> Result<&str, Failure> {
    params.required("PolicyArn")
}

fn usage(params: &Params) -> Result<Option<Usage>, Failure> {
    let usages = [
        ("PermissionsPolicy", Usage::Permissions),
        ("PermissionsBoundary", Usage::Boundary),
    ];
    params.word("PolicyUsageFilter", &usages)
}

fn write_entities(xml: &mut Xml, (list, kind): (&str, &str), entities: &[Entity]) {
    xml.list(list, entities, |xml, entity| {
        xml.text(&format!("{kind}Name"), &entity.name);
        xml.text(&format!("{kind}Id"), &entity.id);
    });
}

fn write(xml: &mut Xml, policy: &Policy, shown: Shown) {
    write_facts(xml, policy);
    if shown == Shown::Whole {
        xml.optional("Description", policy.description.as_deref());
        tags::write(xml, &policy.tags);
    }
}

/// What every answer tells of a policy.
pub(super) fn write_facts(xml: &mut Xml, policy: &Policy) {
    xml.text("PolicyName", &policy.name);
    xml.text("PolicyId", &policy.id);
    xml.text("Arn", &policy.arn);
    xml.text("Path", &policy.path);
    xml.text("DefaultVersionId", &policy.default_version);
    xml.value("AttachmentCount", policy.attachments);
    xml.value("PermissionsBoundaryUsageCount", policy.boundaries);
    xml.value("IsAttachable", true);
    xml.time("CreateDate", policy.created_ms);
    xml.time("UpdateDate", policy.updated_ms);
}

fn write_version(xml: &mut Xml, version: &Version, shown: Shown) {
    if shown == Shown::Whole {
        xml.text("Document", &document::encode(&version.document));
    }
    xml.text("VersionId", &version.id);
    xml.value("IsDefaultVersion", version.is_default);
    xml.time("CreateDate", version.created_ms);
}

/// A version with what it says.
pub(super) fn write_whole_version(xml: &mut Xml, version: &Version) {
    write_version(xml, version, Shown::Whole);
}
