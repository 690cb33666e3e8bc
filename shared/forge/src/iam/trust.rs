//! Trust policies: who may assume a role.

use std::collections::BTreeMap;

use packhouse_storage::keys::Identity;

use crate::directory::names::{self, IdentityName};
use crate::directory::{Role, User, account, get};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::policy::{Document, Kind};

/// The document, if it is one that a role may have.
///
/// # Errors
/// [`Error::MalformedPolicyDocument`], [`Error::LimitExceeded`].
pub(super) fn checked(text: &str) -> Result<Document> {
    let document =
        Document::parse(text, Kind::Trust).map_err(|error| Error::MalformedPolicyDocument(error.to_string()))?;
    if Document::characters(text) > Document::MAXIMUM_TRUST {
        return Err(Error::LimitExceeded {
            what: "ACLSizePerRole",
            limit: Document::MAXIMUM_TRUST,
        });
    }
    Ok(document)
}

/// The ids of those whom a trust policy means by ARNs of this account, by ARN. Who gets such an ARN later, by a new name or
/// made anew, is not who was meant.
///
/// # Errors
/// [`Error::MalformedPolicyDocument`] for an ARN of this account that is nobody's, unless it may be of somebody at AWS: a
/// deployment has the number of an account there. The store's.
pub(super) async fn meant(forge: &Forge, document: &Document) -> Result<BTreeMap<String, String>> {
    let mut meant = BTreeMap::new();
    for (arn, at_aws) in document.principal_arns() {
        if meant.contains_key(arn) || !is_of_account(forge, arn) {
            continue;
        }
        match id_of(forge, arn).await? {
            Some(id) => {
                meant.insert(arn.to_owned(), id);
            }
            None if at_aws => {}
            None => {
                return Err(Error::MalformedPolicyDocument(format!(
                    "Invalid principal in policy: \"AWS\":\"{arn}\""
                )));
            }
        }
    }
    Ok(meant)
}

fn is_of_account(forge: &Forge, arn: &str) -> bool {
    let mut parts = arn.split(':').skip(2);
    let (service, account_id) = (parts.next(), parts.nth(1));
    matches!(service, Some("iam" | "sts")) && account_id == Some(account(forge))
}

/// The id of the user or role that has the ARN, or of the role whose session has it.
async fn id_of(forge: &Forge, arn: &str) -> Result<Option<String>> {
    if let Some(name) = names::name_in_arn(forge, Identity::User, arn) {
        let user: Option<User> = find(forge, Identity::User, name).await?;
        let user = user.filter(|user| names::arn(forge, Identity::User, &user.path, &user.name) == arn);
        return Ok(user.map(|user| user.id));
    }
    if let Some(name) = names::name_in_arn(forge, Identity::Role, arn) {
        let role: Option<Role> = find(forge, Identity::Role, name).await?;
        let role = role.filter(|role| names::arn(forge, Identity::Role, &role.path, &role.name) == arn);
        return Ok(role.map(|role| role.id));
    }
    let sessions = format!(
        "arn:{}:sts::{}:assumed-role/",
        forge.installation().region.partition(),
        account(forge)
    );
    let Some((name, _)) = arn.strip_prefix(&sessions).and_then(|rest| rest.split_once('/')) else {
        return Ok(None);
    };
    let role: Option<Role> = find(forge, Identity::Role, name).await?;
    Ok(role.filter(|role| role.name == name).map(|role| role.id))
}

async fn find<T: serde::de::DeserializeOwned>(forge: &Forge, kind: Identity, name: &str) -> Result<Option<T>> {
    match IdentityName::new(kind, name) {
        Ok(name) => get(forge, kind, name.as_str()).await,
        Err(_) => Ok(None),
    }
}
