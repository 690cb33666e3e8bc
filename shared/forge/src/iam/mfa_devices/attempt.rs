//! Trying one-time passwords, and waiting after wrong ones.

use packhouse_storage::clock;

use super::one_time_password;
use crate::directory::MfaDevice;
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::hex;
use crate::master_key::Purpose;

/// How many steps a device's clock may be off when a password is used, when it is enabled, and when its clock is learned.
pub(super) const REACH: u64 = 1;
pub(super) const REACH_ENABLE: u64 = 2;
pub(super) const REACH_RESYNC: u64 = 40;
/// Wrong passwords in a row that cost no waiting.
pub(super) const FREE_FAILURES: u32 = 5;
/// The longest wait, in seconds.
const MAX_WAIT: u64 = 60;

/// Looks whether passwords in a row are right, and notes the outcome in the record, which has to be stored either way.
///
/// # Errors
/// [`Error::InvalidAuthenticationCode`] when they are not looked at: then there is nothing to store.
pub(super) async fn take(forge: &Forge, device: &mut MfaDevice, passwords: &[&str], reach: u64) -> Result<Result<()>> {
    if !passwords.iter().all(|password| one_time_password::is_one(password)) {
        return Err(Error::InvalidAuthenticationCode(
            "A one-time password has six digits.".to_owned(),
        ));
    }
    let now_ms = clock::now_millis();
    let wait_ms = wait(device.failures) * 1000;
    if now_ms < device.failed_ms.saturating_add(wait_ms) {
        return Err(Error::InvalidAuthenticationCode(format!(
            "There were too many wrong one-time passwords. Wait {} seconds before the next.",
            wait_ms / 1000
        )));
    }
    let sealed = hex::decode(&device.sealed_seed).unwrap_or_default();
    let seed = forge
        .key()
        .await?
        .open(Purpose::MfaSeed, device.name.as_bytes(), &sealed);
    let seed = seed.ok_or_else(|| Error::corrupt(format!("the seed of device {} cannot be opened", device.name)))?;
    let now = one_time_password::step(clock::now_secs());
    // Who learns how far off a clock is, does not ask how far it was.
    let around = if reach == REACH {
        now.saturating_add_signed(device.drift)
    } else {
        now
    };
    let Some(step) = one_time_password::find(&seed, passwords, around, reach, device.last_step) else {
        device.failures = device.failures.saturating_add(1);
        device.failed_ms = now_ms;
        return Ok(Err(Error::InvalidAuthenticationCode(
            "MultiFactorAuthentication failed with invalid MFA one time pass code.".to_owned(),
        )));
    };
    device.failures = 0;
    device.last_step = step;
    device.drift = step.cast_signed() - now.cast_signed();
    Ok(Ok(()))
}

/// How long to wait after so many wrong passwords in a row, in seconds.
fn wait(failures: u32) -> u64 {
    let over = failures.checked_sub(FREE_FAILURES);
    over.map_or(0, |over| 1u64.checked_shl(over).unwrap_or(MAX_WAIT).min(MAX_WAIT))
}
