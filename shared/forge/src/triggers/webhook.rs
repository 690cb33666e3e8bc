//! Webhooks: targets of triggers that are reached by HTTPS, signed as the Standard Webhooks say.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use packhouse_storage::repository_id::RepositoryId;
use sha2::Sha256;

use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::master_key::{MasterKey, Purpose};
use crate::names::RepositoryName;
use crate::policy::Action;
use crate::repositories::authorised;

/// The secret that the messages of a trigger are signed with. It depends on repository and name alone.
pub(super) fn secret(key: &MasterKey, repository: &RepositoryId, trigger: &str) -> [u8; 32] {
    key.mac(Purpose::Webhook, &[repository.as_str().as_bytes(), trigger.as_bytes()])
}

/// The value of `webhook-signature`.
pub(super) fn signature(secret: &[u8; 32], id: &str, timestamp: u64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key of any length is good");
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}

/// The secret of a trigger, as libraries for Standard Webhooks take it, for whoever may change the trigger.
///
/// # Errors
/// [`AccessDenied`](crate::error::Error::AccessDenied),
/// [`RepositoryDoesNotExist`](crate::error::Error::RepositoryDoesNotExist), and the store's.
pub async fn webhook_secret(forge: &Forge, caller: &Caller, name: &RepositoryName, trigger: &str) -> Result<String> {
    let found = authorised(forge, caller, Action::PutRepositoryTriggers, name).await?;
    let secret = secret(&forge.key().await?, &found.id, trigger);
    Ok(format!("whsec_{}", BASE64_STANDARD.encode(secret)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_signed_as_the_standard_says() {
        // The example of its specification.
        let secret = BASE64_STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&secret).unwrap();
        let body = r#"{"test": 2432232314}"#;
        mac.update(format!("msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{body}").as_bytes());
        let expect = BASE64_STANDARD.encode(mac.finalize().into_bytes());
        assert_eq!(expect, "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        // Ours are longer, and signed alike.
        let padded: [u8; 32] = [7; 32];
        assert!(signature(&padded, "a", 1, "{}").starts_with("v1,"));
        assert_ne!(signature(&padded, "a", 1, "{}"), signature(&padded, "a", 2, "{}"));
    }
}
