//! ARNs that callers filter by.

use packhouse_storage::keys::Identity;

use crate::directory::{self, Role, User, names};
use crate::error::Result;
use crate::forge::Forge;
use crate::refusal::Refusal;

/// Returns when an ARN is that of a user of the account, of the account itself, or of a session of one of its roles.
///
/// # Errors
/// `invalid` where it is no ARN of a principal, `unknown` where there is nobody of it, and the store's.
pub(super) async fn check(forge: &Forge, arn: &str, (invalid, unknown): (Refusal, Refusal)) -> Result<()> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [start, partition, service, "", account, resource] = parts[..] else {
        return Err(invalid.into());
    };
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    if start != "arn" || !partition.starts_with("aws") || !is_account {
        return Err(invalid.into());
    }
    let installation = forge.installation();
    let is_ours = partition == installation.region.partition() && account == installation.account.as_str();
    let known = match (service, resource.split_once('/')) {
        ("iam", None) if resource == "root" => is_ours,
        ("iam", Some(("user", _))) => is_user(forge, arn).await?,
        ("sts", Some(("assumed-role", session))) => {
            let role = session.split_once('/').filter(|(_, name)| !name.is_empty());
            let (role, _) = role.ok_or(invalid)?;
            is_ours
                && directory::get::<Role>(forge, Identity::Role, role)
                    .await?
                    .is_some_and(|found| found.name == role)
        }
        ("sts", Some(("federated-user", _))) => false,
        _ => return Err(invalid.into()),
    };
    if known { Ok(()) } else { Err(unknown.into()) }
}

async fn is_user(forge: &Forge, arn: &str) -> Result<bool> {
    let Some(name) = names::name_in_arn(forge, Identity::User, arn).filter(|name| !name.is_empty()) else {
        return Ok(false);
    };
    let found: Option<User> = directory::get(forge, Identity::User, name).await?;
    Ok(found.is_some_and(|user| names::arn(forge, Identity::User, &user.path, &user.name) == arn))
}
