//! Virtual devices for a second factor: apps that make one-time passwords.
//!
//! No password counts twice. After five wrong ones in a row everybody has to wait before the next is looked at, a second first
//! and a minute at most: who has stolen a user's key goes on guessing for months.

mod attempt;
mod one_time_password;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use data_encoding::BASE32_NOPAD;
use packhouse_storage::clock;
use packhouse_storage::keys::Identity;
use packhouse_storage::table::{Expect, Write};

use self::attempt::{REACH, REACH_ENABLE, REACH_RESYNC, take};
use super::given;
use super::holder::Deed;
use super::owner::{self, permitted};
use super::paging::{self, Page, Paging};
use super::permission::Ask;
use crate::directory::names::{self, IdentityName, IdentityPath};
use crate::directory::{self, Change, MfaDevice, User, account, put, record};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::hex;
use crate::identity::Caller;
use crate::master_key::Purpose;

/// How many a user may have.
const MAX: usize = 8;
/// How many an account may have.
const MAX_ALL: usize = 5_000;
/// Bytes of a seed, as RFC 4226 recommends.
const SEED: usize = 20;
/// The longest serial number that a message repeats.
const MAX_SHOWN: usize = 256;
/// Who makes the passwords, as apps show it.
const ISSUER: &str = "Packhouse";

/// A device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its ARN.
    pub serial: String,
    /// For whom it is enabled, and since when, in milliseconds since the Unix epoch.
    pub enabled: Option<(DeviceUser, u64)>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// For whom a device is enabled.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the user's field of that name")]
pub struct DeviceUser {
    pub name: String,
    pub path: String,
    pub id: String,
    pub arn: String,
    pub created_ms: u64,
}

/// A device that was just made: the only time that its seed is told.
#[derive(Clone)]
pub struct NewDevice {
    /// The device.
    pub device: Device,
    /// The seed in base 32, which people type.
    pub seed: String,
    /// The same as a URI (`otpauth:`), which apps read from a QR code.
    pub uri: String,
}

impl fmt::Debug for NewDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewDevice")
            .field("device", &self.device)
            .finish_non_exhaustive()
    }
}

/// Which devices are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Assignment {
    /// All.
    #[default]
    Any,
    /// Those that are enabled for somebody.
    Assigned,
    /// The others.
    Unassigned,
}

/// Makes a device, which proves nothing before it is enabled (`CreateVirtualMFADevice`).
///
/// # Errors
/// [`Error::EntityAlreadyExists`]; [`Error::LimitExceeded`]; [`Error::AccessDenied`]; the store's.
pub async fn create(
    forge: &Forge,
    caller: &Caller,
    name: &IdentityName,
    path: &IdentityPath,
    tags: Vec<(String, String)>,
) -> Result<NewDevice> {
    let tags = given::tags(tags)?;
    let serial = names::arn(forge, Identity::MfaDevice, path.as_str(), name.as_str());
    Ask::new(forge, caller, "CreateVirtualMFADevice", &serial)
        .giving(&tags)
        .permit()?;
    let seed: [u8; SEED] = rand::random();
    let device = MfaDevice {
        name: name.to_string(),
        path: path.as_str().to_owned(),
        sealed_seed: hex::encode(
            &forge
                .key()
                .await?
                .seal(Purpose::MfaSeed, name.as_str().as_bytes(), &seed),
        ),
        created_ms: clock::now_millis(),
        tags,
        user: None,
        enabled_ms: 0,
        last_step: 0,
        drift: 0,
        failures: 0,
        failed_ms: 0,
    };
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        match directory::get::<MfaDevice>(forge, Identity::MfaDevice, name.as_str()).await? {
            // An earlier try, whose outcome was unknown, was written.
            Some(found) if found.sealed_seed == device.sealed_seed => break,
            Some(_) => return Err(exists(name.as_str())),
            None => {}
        }
        if paging::count(forge, Identity::MfaDevice.prefix()).await? >= MAX_ALL {
            return Err(Error::LimitExceeded {
                what: "VirtualMFADevicesPerAccount",
                limit: MAX_ALL,
            });
        }
        if change.write(vec![stored(forge, &device)]).await? {
            break;
        }
    }
    let seed = BASE32_NOPAD.encode(&seed);
    Ok(NewDevice {
        uri: format!(
            "otpauth://totp/{ISSUER}:{name}@{}?secret={seed}&issuer={ISSUER}",
            account(forge)
        ),
        seed,
        device: Device {
            serial,
            enabled: None,
            tags: device.tags,
        },
    })
}

/// Enables a device for a user, who shows by two passwords in a row that they have it (`EnableMFADevice`).
///
/// # Errors
/// [`Error::InvalidAuthenticationCode`]; [`Error::EntityAlreadyExists`] when it is enabled already;
/// [`Error::LimitExceeded`]; [`Error::NoSuchEntity`]; [`Error::AccessDenied`]; the store's.
pub async fn enable(
    forge: &Forge,
    caller: &Caller,
    user: &IdentityName,
    serial: &str,
    passwords: [&str; 2],
) -> Result<()> {
    let owner = permitted(forge, caller, Deed::plain("EnableMFADevice"), user).await?;
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        let mut user = owner::again(forge, &owner).await?;
        let mut device = find(forge, serial).await?.ok_or_else(|| missing(serial))?;
        if device.user.is_some() {
            return Err(exists(&device.name));
        }
        if user.mfa_devices.len() >= MAX {
            return Err(Error::LimitExceeded {
                what: "MFADevicesPerUser",
                limit: MAX,
            });
        }
        let taken = take(forge, &mut device, &passwords, REACH_ENABLE).await?;
        let mut writes = Vec::new();
        if taken.is_ok() {
            device.user = Some(user.name.clone());
            device.enabled_ms = clock::now_millis();
            user.mfa_devices.push(device.name.clone());
            writes.push(owner::stored(forge, &user));
        }
        writes.push(stored(forge, &device));
        if change.write(writes).await? {
            return taken;
        }
    }
}

/// Learns by two passwords in a row how far off a device's clock is (`ResyncMFADevice`).
///
/// # Errors
/// [`Error::InvalidAuthenticationCode`]; [`Error::NoSuchEntity`]; [`Error::AccessDenied`]; the store's.
pub async fn resync(
    forge: &Forge,
    caller: &Caller,
    user: &IdentityName,
    serial: &str,
    passwords: [&str; 2],
) -> Result<()> {
    let owner = permitted(forge, caller, Deed::plain("ResyncMFADevice"), user).await?;
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        let mut device = of_user(forge, serial, &owner.name)
            .await?
            .ok_or_else(|| missing(serial))?;
        let taken = take(forge, &mut device, &passwords, REACH_RESYNC).await?;
        if change.write(vec![stored(forge, &device)]).await? {
            return taken;
        }
    }
}

/// Takes a device from a user (`DeactivateMFADevice`).
///
/// # Errors
/// [`Error::NoSuchEntity`]; [`Error::AccessDenied`]; the store's.
pub async fn deactivate(forge: &Forge, caller: &Caller, user: &IdentityName, serial: &str) -> Result<()> {
    let owner = permitted(forge, caller, Deed::plain("DeactivateMFADevice"), user).await?;
    let mut change = Change::of_identities(forge);
    let mut tried = false;
    loop {
        change.read().await?;
        let mut user = owner::again(forge, &owner).await?;
        let Some(mut device) = of_user(forge, serial, &owner.name).await? else {
            // An earlier try whose outcome was unknown took it away, or somebody else did.
            return if tried { Ok(()) } else { Err(missing(serial)) };
        };
        device.user = None;
        device.enabled_ms = 0;
        user.mfa_devices.retain(|name| *name != device.name);
        if change
            .write(vec![owner::stored(forge, &user), stored(forge, &device)])
            .await?
        {
            return Ok(());
        }
        tried = true;
    }
}

/// Removes a device that is enabled for nobody (`DeleteVirtualMFADevice`).
///
/// # Errors
/// [`Error::DeleteConflict`]; [`Error::NoSuchEntity`]; [`Error::AccessDenied`]; the store's.
pub async fn delete(forge: &Forge, caller: &Caller, serial: &str) -> Result<()> {
    let found = find(forge, serial).await?;
    let mut ask = Ask::new(forge, caller, "DeleteVirtualMFADevice", serial);
    if let Some(device) = &found {
        ask = ask.of(&device.tags);
    }
    ask.permit()?;
    let mut change = Change::of_identities(forge);
    let mut tried = false;
    loop {
        change.read().await?;
        let Some(device) = find(forge, serial).await? else {
            return if tried { Ok(()) } else { Err(missing(serial)) };
        };
        if device.user.is_some() {
            return Err(Error::DeleteConflict("must deactivate the device first".to_owned()));
        }
        let key = record::key(forge, Identity::MfaDevice, &device.name);
        if change.write(vec![Write::delete(key, Expect::Any)]).await? {
            return Ok(());
        }
        tried = true;
    }
}

/// One device of a user (`GetMFADevice`).
///
/// # Errors
/// [`Error::NoSuchEntity`]; [`Error::AccessDenied`]; the store's.
pub async fn get(forge: &Forge, caller: &Caller, user: &IdentityName, serial: &str) -> Result<Device> {
    let user = permitted(forge, caller, Deed::plain("GetMFADevice"), user).await?;
    let device = of_user(forge, serial, &user.name)
        .await?
        .ok_or_else(|| missing(serial))?;
    Ok(shown(forge, &device, Some(&user)))
}

/// The devices that are enabled for a user (`ListMFADevices`).
///
/// # Errors
/// [`Error::NoSuchEntity`]; [`Error::AccessDenied`]; [`Error::InvalidContinuationToken`]; the store's.
pub async fn list_of_user(
    forge: &Forge,
    caller: &Caller,
    user: &IdentityName,
    paging: &Paging,
) -> Result<Page<Device>> {
    let user = permitted(forge, caller, Deed::plain("ListMFADevices"), user).await?;
    let mut all = Vec::with_capacity(user.mfa_devices.len());
    for name in &user.mfa_devices {
        if let Some(device) = directory::get::<MfaDevice>(forge, Identity::MfaDevice, name).await? {
            all.push((name.clone(), shown(forge, &device, Some(&user))));
        }
    }
    paging::slice(forge, paging, &format!("ListMFADevices#{}", user.id), all).await
}

/// The devices of the account (`ListVirtualMFADevices`).
///
/// # Errors
/// [`Error::AccessDenied`]; [`Error::InvalidContinuationToken`]; the store's.
pub async fn list(forge: &Forge, caller: &Caller, assignment: Assignment, paging: &Paging) -> Result<Page<Device>> {
    let everything = names::arn(forge, Identity::MfaDevice, "/", "*");
    Ask::new(forge, caller, "ListVirtualMFADevices", everything).permit()?;
    let listing = format!("ListVirtualMFADevices#{assignment:?}");
    let page = paging::query(forge, paging, &listing, Identity::MfaDevice.prefix(), |item| {
        let device: MfaDevice = record::decode(item)?;
        let asked_for = match assignment {
            Assignment::Any => true,
            Assignment::Assigned => device.user.is_some(),
            Assignment::Unassigned => device.user.is_none(),
        };
        Ok(asked_for.then_some(device))
    })
    .await?;
    let mut devices = Vec::with_capacity(page.items.len());
    for device in &page.items {
        let user = match &device.user {
            Some(user) => directory::get::<User>(forge, Identity::User, user).await?,
            None => None,
        };
        devices.push(shown(forge, device, user.as_ref()));
    }
    Ok(page.with(devices))
}

/// Returns when `password` is one that the device with that serial number makes now, is enabled for that user, and was not
/// used yet; it is, from then on.
///
/// # Errors
/// [`Error::InvalidAuthenticationCode`]; the store's.
pub(crate) async fn verify(forge: &Forge, user: &str, serial: &str, password: &str) -> Result<()> {
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        let Some(mut device) = of_user(forge, serial, user).await? else {
            return Err(Error::InvalidAuthenticationCode(
                "MultiFactorAuthentication failed, unable to validate MFA code. Please verify your MFA serial number is \
                 valid and associated with this user."
                    .to_owned(),
            ));
        };
        // A try of ours whose outcome is unknown may have used the password; it is not good a second time even then.
        let taken = take(forge, &mut device, &[password], REACH).await?;
        if change.write(vec![stored(forge, &device)]).await? {
            return taken;
        }
    }
}

/// The device with that serial number.
async fn find(forge: &Forge, serial: &str) -> Result<Option<MfaDevice>> {
    let name = names::name_in_arn(forge, Identity::MfaDevice, serial);
    let Some(name) = name.and_then(|name| IdentityName::new(Identity::MfaDevice, name).ok()) else {
        return Ok(None);
    };
    let found = directory::get::<MfaDevice>(forge, Identity::MfaDevice, name.as_str()).await?;
    Ok(found.filter(|device| serial_of(forge, device) == serial))
}

/// The device with that serial number, if it is enabled for that user.
async fn of_user(forge: &Forge, serial: &str, user: &str) -> Result<Option<MfaDevice>> {
    let found = find(forge, serial).await?;
    Ok(found.filter(|device| device.user.as_deref() == Some(user)))
}

fn serial_of(forge: &Forge, device: &MfaDevice) -> String {
    names::arn(forge, Identity::MfaDevice, &device.path, &device.name)
}

fn stored(forge: &Forge, device: &MfaDevice) -> Write {
    put(record::key(forge, Identity::MfaDevice, &device.name), device)
}

fn shown(forge: &Forge, device: &MfaDevice, user: Option<&User>) -> Device {
    let user = user.map(|user| DeviceUser {
        name: user.name.clone(),
        path: user.path.clone(),
        id: user.id.clone(),
        arn: names::arn(forge, Identity::User, &user.path, &user.name),
        created_ms: user.created_ms,
    });
    Device {
        serial: serial_of(forge, device),
        enabled: user.map(|user| (user, device.enabled_ms)),
        tags: device.tags.clone(),
    }
}

fn exists(name: &str) -> Error {
    Error::EntityAlreadyExists {
        what: "MFADevice",
        name: name.to_owned(),
    }
}

fn missing(serial: &str) -> Error {
    Error::NoSuchEntity {
        what: "MFA device",
        name: serial.chars().take(MAX_SHOWN).collect(),
    }
}
