//! One message on its way to the target of a trigger.

use packhouse_storage::clock;
use packhouse_storage::repository_id::RepositoryId;

use super::archive;
use super::message::Message;
use super::targets::{Post, Undelivered};
use super::trigger::{Target, Trigger};
use super::webhook;
use crate::forge::Forge;

/// Sends a message about a repository to the target of a trigger.
pub(super) async fn send(
    forge: &Forge,
    repository: &RepositoryId,
    (message, trigger): (&Message<'_>, &Trigger),
) -> Result<(), Undelivered> {
    let text = message.of(forge, trigger);
    match &trigger.target {
        Target::Archive(arn) => archive::write(forge, repository, (arn, trigger)).await,
        Target::Topic(arn) => {
            let subject = message.subject(forge);
            forge.targets.notify(arn, Some(&subject), &text).await
        }
        Target::Function(arn) => forge.targets.invoke(arn, &text).await,
        Target::Webhook(url) => {
            let key = forge.key().await;
            let key = key.map_err(|error| Undelivered::Unreachable(format!("the master key: {error}")))?;
            let secret = webhook::secret(&key, repository, &trigger.name);
            // A message in two parts has one id, and is two messages for a webhook.
            let id = format!("{}-{}", message.id, message.part.0);
            let seconds = clock::now().as_secs();
            let post = Post {
                url: url.clone(),
                signature: webhook::signature(&secret, &id, seconds, &text),
                id,
                timestamp: seconds,
                body: text,
            };
            forge.webhooks.post(post).await
        }
    }
}
