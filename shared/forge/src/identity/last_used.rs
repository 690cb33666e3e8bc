//! When credentials were used last, to the hour.

use std::time::Duration;

use packhouse_storage::table::{Expect, Write};
use packhouse_storage::{clock, keys};
use serde::{Deserialize, Serialize};

use super::Proven;
use crate::directory::record;
use crate::error::Result;
use crate::forge::Forge;

/// How exactly it is noted: each note costs a write.
const EXACT: Duration = Duration::from_secs(60 * 60);

/// The last use of a credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastUsed {
    /// When, in milliseconds since the Unix epoch, up to an hour early.
    pub at_ms: u64,
    /// In which region.
    pub region: String,
    /// For which service, such as `codecommit`.
    pub service: String,
}

/// Notes that a user's own credential was used for `service`, unless this process noted that within the hour. It fails
/// nothing.
pub async fn note(forge: &Forge, proven: &Proven, service: &str) {
    let (now, credential) = (clock::now(), &proven.credential);
    let noted = forge.noted_uses.get(credential);
    if proven.session().is_some() || noted.is_some_and(|noted| now.saturating_sub(noted) < EXACT) {
        return;
    }
    forge.noted_uses.insert(credential.clone(), now);
    let used = LastUsed {
        at_ms: clock::millis(now),
        region: forge.installation().region.to_string(),
        service: service.to_owned(),
    };
    let item = Write::put(keys::last_used(credential), Expect::Any, record::encode(&used));
    if let Err(error) = forge.store().table().transact(vec![item]).await {
        tracing::warn!(%error, credential, "the last use of a credential could not be noted");
    }
}

/// When a credential was used last; `None` if it never was.
///
/// # Errors
/// The store's.
pub async fn find(forge: &Forge, credential: &str) -> Result<Option<LastUsed>> {
    let item = forge.store().table().get(&keys::last_used(credential)).await?;
    item.as_ref().map(record::decode).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Who;
    use crate::testing;

    #[tokio::test]
    async fn uses_are_noted_once_an_hour() {
        let forge = testing::forge().await;
        let proven = Proven {
            credential: "AKIA1".into(),
            who: Who::User {
                name: "ana".into(),
                id: "AIDA1".into(),
            },
        };
        assert_eq!(find(&forge, "AKIA1").await.unwrap(), None);
        note(&forge, &proven, "codecommit").await;
        let first = find(&forge, "AKIA1").await.unwrap().unwrap();
        assert_eq!(
            (first.service.as_str(), first.region.as_str()),
            ("codecommit", "us-east-1")
        );
        note(&forge, &proven, "iam").await;
        assert_eq!(find(&forge, "AKIA1").await.unwrap().unwrap(), first);
        forge
            .noted_uses
            .insert("AKIA1".into(), clock::now().saturating_sub(EXACT));
        note(&forge, &proven, "iam").await;
        assert_eq!(find(&forge, "AKIA1").await.unwrap().unwrap().service, "iam");
    }
}
