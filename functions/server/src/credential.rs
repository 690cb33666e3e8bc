//! `packhouse credential`: a credential helper of git (`gitcredentials(7)`).
//!
//! It makes the same user names and passwords as the AWS CLI's helper, a signature with the caller's access key, for any host,
//! and does nothing when git wants them stored or erased.

mod question;

use std::io::Write as _;

use anyhow::{Context as _, Result};
use packhouse_aws::{configured_key, configured_region, git_password};
use packhouse_storage::clock;

use self::question::Question;
use crate::options::CredentialOptions;
use crate::runtime;

/// For how long a password is good: a minute less than servers take it for, as clocks differ.
const LIFETIME: u64 = 14 * 60;

/// Answers git. An operation that is not known is ignored, as git asks its helpers to.
pub(crate) fn run(options: &CredentialOptions) -> Result<()> {
    let question = Question::read(std::io::stdin().lock())?;
    if options.operation != "get" {
        return Ok(());
    }
    // Whoever made this the helper for all hosts has other hosts too.
    let Some(question) = question.filter(Question::may_be_ours) else {
        return Ok(());
    };
    let answer = runtime::run(answer(options, &question))?;
    std::io::stdout().lock().write_all(answer.as_bytes())?;
    Ok(())
}

async fn answer(options: &CredentialOptions, question: &Question) -> Result<String> {
    let Question { host, path, .. } = question;
    let path = path.as_deref().with_context(|| {
        let url = question.url();
        format!(
            "git does not tell the path, which is signed; run: git config --global credential.{url}.useHttpPath true"
        )
    })?;
    let profile = options.profile.as_deref();
    let key = configured_key(profile).await?;
    let region = match &options.region {
        Some(region) => region.clone(),
        None => {
            let found = configured_region(profile).await;
            found.context("there is no region: give --region, set AWS_REGION, or put it into the profile")?
        }
    };
    let now = clock::now_secs();
    let password = git_password(&key, &region, host, &format!("/{path}"), now);
    let user = match &key.token {
        Some(token) => format!("{}%{token}", key.id),
        None => key.id,
    };
    let good_until = key.expires.unwrap_or(u64::MAX).min(now + LIFETIME);
    Ok(format!(
        "username={user}\npassword={password}\npassword_expiry_utc={good_until}\n"
    ))
}
