//! What the account has.

use packhouse_forge::iam::account::{self, Detail, Entry, Filter};
use packhouse_forge::iam::paging::Page;

use super::{attachments, document, groups, pages, policies, tags, users};
use crate::aws_query::failure::Failure;
use crate::aws_query::xml::Xml;
use crate::aws_query::{Answer, Call};

pub(super) async fn summary(call: &Call<'_>) -> Answer {
    let summary = account::summary(call.forge, call.caller).await?;
    Ok(Xml::result(|xml| {
        xml.element("SummaryMap", |xml| {
            for (name, count) in &summary {
                xml.element("entry", |xml| {
                    xml.text("key", name);
                    xml.value("value", count);
                });
            }
        });
    }))
}

pub(super) async fn authorization_details(call: &Call<'_>) -> Answer {
    let filter = call.params.list("Filter.member").into_iter().map(|name| match name {
        "User" => Ok(Filter::User),
        "Role" => Ok(Filter::Role),
        "Group" => Ok(Filter::Group),
        "LocalManagedPolicy" => Ok(Filter::LocalManagedPolicy),
        "AWSManagedPolicy" => Ok(Filter::AwsManagedPolicy),
        _ => Err(Failure::validation(
            "A filter must be User, Role, Group, LocalManagedPolicy or AWSManagedPolicy",
        )),
    });
    let filter = filter.collect::<Result<Vec<_>, _>>()?;
    let paging = pages::asked(call.params)?;
    let page = account::authorization_details(call.forge, call.caller, &filter, &paging).await?;
    Ok(Xml::result(|xml| write(xml, &page)))
}

fn write(xml: &mut Xml, page: &Page<Entry>) {
    let users = page.items.iter().filter_map(|entry| match entry {
        Entry::User(user) => Some(user),
        Entry::Group(_) | Entry::Role(_) | Entry::Policy(..) => None,
    });
    let groups = page.items.iter().filter_map(|entry| match entry {
        Entry::Group(group) => Some(group),
        Entry::User(_) | Entry::Role(_) | Entry::Policy(..) => None,
    });
    let roles = page.items.iter().filter_map(|entry| match entry {
        Entry::Role(role) => Some(role),
        Entry::User(_) | Entry::Group(_) | Entry::Policy(..) => None,
    });
    let policies = page.items.iter().filter_map(|entry| match entry {
        Entry::Policy(policy, versions) => Some((policy, versions)),
        Entry::User(_) | Entry::Group(_) | Entry::Role(_) => None,
    });
    xml.list("UserDetailList", users, |xml, user| {
        users::write(xml, &user.of, true);
        xml.texts("GroupList", user.groups.iter().map(String::as_str));
        write_policies(xml, "UserPolicyList", user);
    });
    xml.list("GroupDetailList", groups, |xml, group| {
        groups::write(xml, &group.of);
        write_policies(xml, "GroupPolicyList", group);
    });
    xml.list("RoleDetailList", roles, |xml, role| {
        let of = &role.of;
        xml.text("Path", &of.path);
        xml.text("RoleName", &of.name);
        xml.text("RoleId", &of.id);
        xml.text("Arn", &of.arn);
        xml.time("CreateDate", of.created_ms);
        xml.text("AssumeRolePolicyDocument", &document::encode(&of.trust));
        xml.element("InstanceProfileList", |_| ());
        write_policies(xml, "RolePolicyList", role);
        users::write_boundary(xml, of.boundary.as_deref());
        tags::write(xml, &of.tags);
    });
    xml.list("Policies", policies, |xml, (policy, versions)| {
        policies::write_facts(xml, policy);
        xml.optional("Description", policy.description.as_deref());
        xml.list("PolicyVersionList", versions, policies::write_whole_version);
    });
    pages::end(xml, page);
}

fn write_policies<T>(xml: &mut Xml, inline: &str, detail: &Detail<T>) {
    xml.list(inline, &detail.inline, |xml, (name, text)| {
        xml.text("PolicyName", name);
        xml.text("PolicyDocument", &document::encode(text));
    });
    xml.list("AttachedManagedPolicies", &detail.attached, attachments::write);
}
