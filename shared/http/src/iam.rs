//! IAM's API, one file for each noun.

mod access_keys;
mod account;
mod attachments;
mod document;
mod groups;
mod inline_policies;
mod mfa_devices;
mod oidc_providers;
mod pages;
mod parameters;
mod policies;
mod roles;
mod service_credentials;
mod simulate;
mod ssh_public_keys;
mod tags;
mod users;

use std::pin::Pin;

use packhouse_forge::iam::{Holder, admit};

use self::tags::Kind;
use crate::aws_query::failure::Failure;
use crate::aws_query::{Answer, Call};
use crate::service::Service;

/// An operation under way.
type Operation<'a> = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// Carries out one operation. Those of the API that are not here answer as AWS does to operations that it does not know,
/// which no SDK retries.
pub(crate) async fn dispatch(call: &Call<'_>, action: &str) -> Answer {
    admit(call.caller)?;
    let operation = identities(call, action)
        .or_else(|| policies(call, action))
        .or_else(|| credentials(call, action));
    match operation {
        Some(operation) => operation.await,
        None => Err(Failure::invalid_action(action, Service::Iam.api_version())),
    }
}

/// Users, groups and roles, and all that have tags.
fn identities<'a>(call: &'a Call<'a>, action: &str) -> Option<Operation<'a>> {
    Some(match action {
        "CreateUser" => Box::pin(users::create(call)),
        "DeleteUser" => Box::pin(users::delete(call)),
        "GetUser" => Box::pin(users::get(call)),
        "ListGroupsForUser" => Box::pin(users::list_groups(call)),
        "ListUsers" => Box::pin(users::list(call)),
        "UpdateUser" => Box::pin(users::update(call)),
        "AddUserToGroup" => Box::pin(groups::add_user(call)),
        "CreateGroup" => Box::pin(groups::create(call)),
        "DeleteGroup" => Box::pin(groups::delete(call)),
        "GetGroup" => Box::pin(groups::get(call)),
        "ListGroups" => Box::pin(groups::list(call)),
        "RemoveUserFromGroup" => Box::pin(groups::remove_user(call)),
        "UpdateGroup" => Box::pin(groups::update(call)),
        "CreateRole" => Box::pin(roles::create(call)),
        "DeleteRole" => Box::pin(roles::delete(call)),
        "GetRole" => Box::pin(roles::get(call)),
        "ListRoles" => Box::pin(roles::list(call)),
        "UpdateAssumeRolePolicy" => Box::pin(roles::update_trust(call)),
        "UpdateRole" => Box::pin(roles::update(call)),
        "UpdateRoleDescription" => Box::pin(roles::update_description(call)),
        "GetAccountAuthorizationDetails" => Box::pin(account::authorization_details(call)),
        "GetAccountSummary" => Box::pin(account::summary(call)),
        "TagUser" => Box::pin(tags::tag(call, Kind::User)),
        "UntagUser" => Box::pin(tags::untag(call, Kind::User)),
        "ListUserTags" => Box::pin(tags::list(call, Kind::User)),
        "TagRole" => Box::pin(tags::tag(call, Kind::Role)),
        "UntagRole" => Box::pin(tags::untag(call, Kind::Role)),
        "ListRoleTags" => Box::pin(tags::list(call, Kind::Role)),
        "TagPolicy" => Box::pin(tags::tag(call, Kind::Policy)),
        "UntagPolicy" => Box::pin(tags::untag(call, Kind::Policy)),
        "ListPolicyTags" => Box::pin(tags::list(call, Kind::Policy)),
        "TagMFADevice" => Box::pin(tags::tag(call, Kind::MfaDevice)),
        "UntagMFADevice" => Box::pin(tags::untag(call, Kind::MfaDevice)),
        "ListMFADeviceTags" => Box::pin(tags::list(call, Kind::MfaDevice)),
        "TagOpenIDConnectProvider" => Box::pin(tags::tag(call, Kind::OidcProvider)),
        "UntagOpenIDConnectProvider" => Box::pin(tags::untag(call, Kind::OidcProvider)),
        "ListOpenIDConnectProviderTags" => Box::pin(tags::list(call, Kind::OidcProvider)),
        _ => return None,
    })
}

/// Policies, and who has them.
fn policies<'a>(call: &'a Call<'a>, action: &str) -> Option<Operation<'a>> {
    Some(match action {
        "CreatePolicy" => Box::pin(policies::create(call)),
        "CreatePolicyVersion" => Box::pin(policies::create_version(call)),
        "DeletePolicy" => Box::pin(policies::delete(call)),
        "DeletePolicyVersion" => Box::pin(policies::delete_version(call)),
        "GetPolicy" => Box::pin(policies::get(call)),
        "GetPolicyVersion" => Box::pin(policies::get_version(call)),
        "ListEntitiesForPolicy" => Box::pin(policies::entities(call)),
        "ListPolicies" => Box::pin(policies::list(call)),
        "ListPolicyVersions" => Box::pin(policies::list_versions(call)),
        "SetDefaultPolicyVersion" => Box::pin(policies::set_default_version(call)),
        "PutUserPolicy" => Box::pin(inline_policies::put(call, Holder::User)),
        "GetUserPolicy" => Box::pin(inline_policies::get(call, Holder::User)),
        "DeleteUserPolicy" => Box::pin(inline_policies::delete(call, Holder::User)),
        "ListUserPolicies" => Box::pin(inline_policies::list(call, Holder::User)),
        "AttachUserPolicy" => Box::pin(attachments::attach(call, Holder::User)),
        "DetachUserPolicy" => Box::pin(attachments::detach(call, Holder::User)),
        "ListAttachedUserPolicies" => Box::pin(attachments::list(call, Holder::User)),
        "PutGroupPolicy" => Box::pin(inline_policies::put(call, Holder::Group)),
        "GetGroupPolicy" => Box::pin(inline_policies::get(call, Holder::Group)),
        "DeleteGroupPolicy" => Box::pin(inline_policies::delete(call, Holder::Group)),
        "ListGroupPolicies" => Box::pin(inline_policies::list(call, Holder::Group)),
        "AttachGroupPolicy" => Box::pin(attachments::attach(call, Holder::Group)),
        "DetachGroupPolicy" => Box::pin(attachments::detach(call, Holder::Group)),
        "ListAttachedGroupPolicies" => Box::pin(attachments::list(call, Holder::Group)),
        "PutRolePolicy" => Box::pin(inline_policies::put(call, Holder::Role)),
        "GetRolePolicy" => Box::pin(inline_policies::get(call, Holder::Role)),
        "DeleteRolePolicy" => Box::pin(inline_policies::delete(call, Holder::Role)),
        "ListRolePolicies" => Box::pin(inline_policies::list(call, Holder::Role)),
        "AttachRolePolicy" => Box::pin(attachments::attach(call, Holder::Role)),
        "DetachRolePolicy" => Box::pin(attachments::detach(call, Holder::Role)),
        "ListAttachedRolePolicies" => Box::pin(attachments::list(call, Holder::Role)),
        "PutUserPermissionsBoundary" => Box::pin(attachments::put_boundary(call, Holder::User)),
        "DeleteUserPermissionsBoundary" => Box::pin(attachments::delete_boundary(call, Holder::User)),
        "PutRolePermissionsBoundary" => Box::pin(attachments::put_boundary(call, Holder::Role)),
        "DeleteRolePermissionsBoundary" => Box::pin(attachments::delete_boundary(call, Holder::Role)),
        "SimulateCustomPolicy" => Box::pin(simulate::custom(call)),
        "SimulatePrincipalPolicy" => Box::pin(simulate::principal(call)),
        _ => return None,
    })
}

/// Credentials, and who vouches for others.
fn credentials<'a>(call: &'a Call<'a>, action: &str) -> Option<Operation<'a>> {
    Some(match action {
        "CreateAccessKey" => Box::pin(access_keys::create(call)),
        "DeleteAccessKey" => Box::pin(access_keys::delete(call)),
        "GetAccessKeyLastUsed" => Box::pin(access_keys::get_last_used(call)),
        "ListAccessKeys" => Box::pin(access_keys::list(call)),
        "UpdateAccessKey" => Box::pin(access_keys::update(call)),
        "CreateServiceSpecificCredential" => Box::pin(service_credentials::create(call)),
        "DeleteServiceSpecificCredential" => Box::pin(service_credentials::delete(call)),
        "ListServiceSpecificCredentials" => Box::pin(service_credentials::list(call)),
        "ResetServiceSpecificCredential" => Box::pin(service_credentials::reset(call)),
        "UpdateServiceSpecificCredential" => Box::pin(service_credentials::update(call)),
        "DeleteSSHPublicKey" => Box::pin(ssh_public_keys::delete(call)),
        "GetSSHPublicKey" => Box::pin(ssh_public_keys::get(call)),
        "ListSSHPublicKeys" => Box::pin(ssh_public_keys::list(call)),
        "UpdateSSHPublicKey" => Box::pin(ssh_public_keys::update(call)),
        "UploadSSHPublicKey" => Box::pin(ssh_public_keys::upload(call)),
        "CreateVirtualMFADevice" => Box::pin(mfa_devices::create(call)),
        "DeactivateMFADevice" => Box::pin(mfa_devices::deactivate(call)),
        "DeleteVirtualMFADevice" => Box::pin(mfa_devices::delete(call)),
        "EnableMFADevice" => Box::pin(mfa_devices::enable(call)),
        "GetMFADevice" => Box::pin(mfa_devices::get(call)),
        "ListMFADevices" => Box::pin(mfa_devices::list_of_user(call)),
        "ListVirtualMFADevices" => Box::pin(mfa_devices::list(call)),
        "ResyncMFADevice" => Box::pin(mfa_devices::resync(call)),
        "AddClientIDToOpenIDConnectProvider" => Box::pin(oidc_providers::add_client_id(call)),
        "CreateOpenIDConnectProvider" => Box::pin(oidc_providers::create(call)),
        "DeleteOpenIDConnectProvider" => Box::pin(oidc_providers::delete(call)),
        "GetOpenIDConnectProvider" => Box::pin(oidc_providers::get(call)),
        "ListOpenIDConnectProviders" => Box::pin(oidc_providers::list(call)),
        "RemoveClientIDFromOpenIDConnectProvider" => Box::pin(oidc_providers::remove_client_id(call)),
        "UpdateOpenIDConnectProviderThumbprint" => Box::pin(oidc_providers::update_thumbprints(call)),
        _ => return None,
    })
}
