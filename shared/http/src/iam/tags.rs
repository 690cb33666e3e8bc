//! Tags of users, roles, policies, devices and providers.

use std::collections::BTreeMap;

use packhouse_forge::directory::names::IdentityName;
use packhouse_forge::iam::tags::{self, Tagged};
use packhouse_storage::keys::Identity;

use super::pages;
use crate::aws_query::failure::Failure;
use crate::aws_query::params::Params;
use crate::aws_query::xml::Xml;
use crate::aws_query::{Answer, Call};

/// What kind of thing a call is about, and which parameter names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    User,
    Role,
    Policy,
    MfaDevice,
    OidcProvider,
}

/// The name of the thing.
enum Named<'a> {
    Identity(IdentityName),
    Arn(&'a str),
}

pub(super) async fn tag(call: &Call<'_>, kind: Kind) -> Answer {
    let (named, tags) = (kind.named(call.params)?, call.params.tags()?);
    tags::tag(call.forge, call.caller, kind.thing(&named), tags).await?;
    Ok(Xml::nothing())
}

pub(super) async fn untag(call: &Call<'_>, kind: Kind) -> Answer {
    let (named, keys) = (kind.named(call.params)?, call.params.list("TagKeys.member"));
    tags::untag(call.forge, call.caller, kind.thing(&named), &keys).await?;
    Ok(Xml::nothing())
}

pub(super) async fn list(call: &Call<'_>, kind: Kind) -> Answer {
    let (named, paging) = (kind.named(call.params)?, pages::asked(call.params)?);
    let page = tags::list(call.forge, call.caller, kind.thing(&named), &paging).await?;
    Ok(Xml::result(|xml| {
        xml.list("Tags", &page.items, |xml, (key, value)| write_one(xml, key, value));
        pages::end(xml, &page);
    }))
}

impl Kind {
    fn named(self, params: &Params) -> Result<Named<'_>, Failure> {
        Ok(match self {
            Self::User => Named::Identity(params.identity("UserName", Identity::User)?),
            Self::Role => Named::Identity(params.identity("RoleName", Identity::Role)?),
            Self::Policy => Named::Arn(params.required("PolicyArn")?),
            Self::MfaDevice => Named::Arn(params.required("SerialNumber")?),
            Self::OidcProvider => Named::Arn(params.required("OpenIDConnectProviderArn")?),
        })
    }

    const fn thing<'a>(self, named: &'a Named<'_>) -> Tagged<'a> {
        match (self, named) {
            (Self::Role, Named::Identity(name)) => Tagged::Role(name),
            (_, Named::Identity(name)) => Tagged::User(name),
            (Self::MfaDevice, Named::Arn(arn)) => Tagged::MfaDevice(arn),
            (Self::OidcProvider, Named::Arn(arn)) => Tagged::OidcProvider(arn),
            (_, Named::Arn(arn)) => Tagged::Policy(arn),
        }
    }
}

/// A list of tags, also of none.
pub(super) fn write(xml: &mut Xml, tags: &BTreeMap<String, String>) {
    xml.list("Tags", tags, |xml, (key, value)| write_one(xml, key, value));
}

/// A list of tags, if there are any.
pub(super) fn write_some(xml: &mut Xml, tags: &BTreeMap<String, String>) {
    if !tags.is_empty() {
        write(xml, tags);
    }
}

fn write_one(xml: &mut Xml, key: &str, value: &str) {
    xml.text("Key", key);
    xml.text("Value", value);
}
