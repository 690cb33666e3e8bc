//! `AssumeRoleWithAws`, which AWS does not have: a session of a role for who proves to be somebody at AWS, by a request for
//! STS's `GetCallerIdentity` that they have signed and that this server sends on.

use std::collections::BTreeMap;

use super::federation::AwsCaller;
use super::role_session::{self, Asking, AssumedRole, Facts, RoleRequest};
use crate::authorization;
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Source;
use crate::policy::Trusted;

/// No action of AWS: a policy that was written for AWS never allows it.
const ACTION: &str = "packhouse:AssumeRoleWithAws";
/// What no policy names. Who is let in for this too, is let in by a wildcard, which was written for AWS's actions.
const UNNAMED: &str = "packhouse:AssumeRoleByWildcard";
/// Who vouches.
const PROVIDER: &str = "sts.amazonaws.com";
/// The condition key of who they are at AWS.
const ARN_KEY: &str = "packhouse:AwsArn";

/// A session of somebody whom AWS vouches for.
#[derive(Clone, Debug)]
pub struct AwsSession {
    /// The session.
    pub role: AssumedRole,
    /// Who they are at AWS.
    pub caller: AwsCaller,
}

/// Begins a session of a role, when its trust policy lets in who signed `url`: a user, or the session of a role, also under
/// the role's own ARN (without its path, which AWS does not tell). It has to name the action; a wildcard lets nobody in.
///
/// # Errors
/// [`Error::InvalidIdentityToken`](crate::error::Error::InvalidIdentityToken),
/// [`Error::IdentityProviderUnreachable`](crate::error::Error::IdentityProviderUnreachable);
/// [`Error::AccessDenied`](crate::error::Error::AccessDenied), whether there is such a role or not; those of
/// [`assume_role`](super::assume_role::assume) for what is asked for; the store's.
pub async fn assume(forge: &Forge, source: &Source, request: &RoleRequest, url: &str) -> Result<AwsSession> {
    request.check()?;
    let caller = forge.federation.aws.identify(url, forge.public_authority()).await?;
    let mut context = authorization::of_source(forge, source);
    context.set("aws:PrincipalArn", caller.arn.as_str());
    context.set("aws:PrincipalAccount", caller.account.as_str());
    context.set("aws:userid", caller.user_id.as_str());
    context.set("aws:FederatedProvider", PROVIDER);
    context.set(ARN_KEY, caller.arn.as_str());
    let also: Vec<String> = role_of(&caller.arn).into_iter().collect();
    let asking = Asking::Stranger(Trusted::Aws {
        arn: &caller.arn,
        account: &caller.account,
        also: &also,
    });
    let denied = || role_session::refused(&caller.arn, ACTION, &request.role_arn);
    let found = request.trusting(forge, asking, &[ACTION], &mut context).await?;
    let (role, _) = found.ok_or_else(denied)?;
    if request
        .trusting(forge, asking, &[UNNAMED], &mut context)
        .await?
        .is_some()
    {
        return Err(denied());
    }
    let facts = Facts {
        provider: Some(PROVIDER.to_owned()),
        claims: BTreeMap::from([(ARN_KEY.to_owned(), caller.arn.clone())]),
        ..Facts::default()
    };
    Ok(AwsSession {
        role: request.begin(forge, &role, facts).await?,
        caller,
    })
}

/// The ARN of the role whose session this is.
fn role_of(arn: &str) -> Option<String> {
    let (start, session) = arn.split_once(":assumed-role/")?;
    let (role, _) = session.split_once('/')?;
    Some(format!("{}:role/{role}", start.replacen(":sts:", ":iam:", 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_also_its_role() {
        for (arn, role) in [
            (
                "arn:aws:sts::123456789012:assumed-role/deploy/i-0123",
                Some("arn:aws:iam::123456789012:role/deploy"),
            ),
            ("arn:aws:iam::123456789012:user/ana", None),
            ("arn:aws:iam::123456789012:root", None),
            ("arn:aws:sts::123456789012:assumed-role/deploy", None),
        ] {
            assert_eq!(role_of(arn).as_deref(), role, "{arn}");
        }
    }
}
