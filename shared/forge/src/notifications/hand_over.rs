//! A message to a target of a rule.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::letter;
use super::rule::Kind;
use crate::forge::Forge;
use crate::triggers::Undelivered;

/// Hands a message to the target of that address, in the form that targets of its kind take.
///
/// # Errors
/// [`Undelivered`]. The target may have it all the same.
pub(super) async fn hand_over(forge: &Forge, address: &str, message: &Value) -> Result<(), Undelivered> {
    let text = message.to_string();
    match Kind::of(address) {
        Kind::Topic => forge.targets.notify(address, None, &text).await,
        Kind::Email => {
            let digest = Sha256::new()
                .chain_update(address)
                .chain_update([0])
                .chain_update(&text);
            let mut id = crate::hex::encode(&digest.finalize());
            id.truncate(32);
            forge.mailer.send(letter::of(message, address, id)).await
        }
    }
}
