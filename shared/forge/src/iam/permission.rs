//! What a caller asks of IAM, put to the policies.

use std::collections::BTreeMap;

use crate::authorization::{context, judge};
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::policy::Context;

/// A question whether the caller may do something to one of IAM's resources.
#[must_use]
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    caller: &'a Caller,
    action: String,
    resource: String,
    context: Context,
}

impl<'a> Ask<'a> {
    /// Asks for an action, such as `CreateUser`, on the resource with that ARN.
    pub(crate) fn new(forge: &Forge, caller: &'a Caller, action: &str, resource: impl Into<String>) -> Self {
        Self {
            caller,
            action: format!("iam:{action}"),
            resource: resource.into(),
            context: context(forge, caller),
        }
    }

    /// The request has this condition key.
    pub(crate) fn key(mut self, key: &str, value: &str) -> Self {
        self.context.set(key, value);
        self
    }

    /// The permissions boundary that the request sets, or that bounds whom it is about.
    pub(crate) fn boundary(self, arn: Option<&str>) -> Self {
        match arn {
            Some(arn) => self.key("iam:PermissionsBoundary", arn),
            None => self,
        }
    }

    /// The tags of what it is about.
    pub(crate) fn of(mut self, tags: &BTreeMap<String, String>) -> Self {
        for (key, value) in tags {
            self.context.set(&format!("aws:ResourceTag/{key}"), value.as_str());
            self.context.set(&format!("iam:ResourceTag/{key}"), value.as_str());
        }
        self
    }

    /// The tags that the request gives.
    pub(crate) fn giving(mut self, tags: &BTreeMap<String, String>) -> Self {
        for (key, value) in tags {
            self.context.set(&format!("aws:RequestTag/{key}"), value.as_str());
        }
        self.naming(tags.keys().map(String::as_str))
    }

    /// The keys of tags that the request names.
    pub(crate) fn naming<'k>(mut self, keys: impl Iterator<Item = &'k str>) -> Self {
        self.context.set_many("aws:TagKeys", keys);
        self
    }

    /// Returns when the caller may do it.
    ///
    /// # Errors
    /// [`Error::AccessDenied`](crate::error::Error::AccessDenied).
    pub(crate) fn permit(&self) -> Result<()> {
        judge(self.caller, &self.action, &self.resource, &self.context)
    }
}
