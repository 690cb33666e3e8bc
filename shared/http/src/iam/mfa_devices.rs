//! Virtual devices for a second factor.

mod qr_code;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use packhouse_forge::iam::mfa_devices::{self, Assignment, Device};
use packhouse_storage::keys::Identity;

use super::parameters::{user_meant, user_named};
use super::{pages, tags};
use crate::aws_query::failure::Failure;
use crate::aws_query::xml::Xml;
use crate::aws_query::{Answer, Call};

const NAME: &str = "VirtualMFADeviceName";
const SERIAL: &str = "SerialNumber";

pub(super) async fn create(call: &Call<'_>) -> Answer {
    let name = call.params.identity(NAME, Identity::MfaDevice)?;
    let path = call.params.path("Path")?.unwrap_or_default();
    let tags = call.params.tags()?;
    let made = mfa_devices::create(call.forge, call.caller, &name, &path, tags).await?;
    Ok(Xml::result(|result| {
        result.element("VirtualMFADevice", |xml| {
            xml.text(SERIAL, &made.device.serial);
            xml.text("Base32StringSeed", &STANDARD.encode(&made.seed));
            if let Some(png) = qr_code::png(&made.uri) {
                xml.text("QRCodePNG", &STANDARD.encode(png));
            }
            tags::write_some(xml, &made.device.tags);
        });
    }))
}

pub(super) async fn enable(call: &Call<'_>) -> Answer {
    let user = user_named(call)?;
    let serial = call.params.required(SERIAL)?;
    mfa_devices::enable(call.forge, call.caller, &user, serial, passwords(call)?).await?;
    Ok(Xml::nothing())
}

pub(super) async fn resync(call: &Call<'_>) -> Answer {
    let user = user_named(call)?;
    let serial = call.params.required(SERIAL)?;
    mfa_devices::resync(call.forge, call.caller, &user, serial, passwords(call)?).await?;
    Ok(Xml::nothing())
}

pub(super) async fn deactivate(call: &Call<'_>) -> Answer {
    let serial = call.params.required(SERIAL)?;
    mfa_devices::deactivate(call.forge, call.caller, &user_meant(call)?, serial).await?;
    Ok(Xml::nothing())
}

pub(super) async fn delete(call: &Call<'_>) -> Answer {
    mfa_devices::delete(call.forge, call.caller, call.params.required(SERIAL)?).await?;
    Ok(Xml::nothing())
}

pub(super) async fn get(call: &Call<'_>) -> Answer {
    let serial = call.params.required(SERIAL)?;
    let device = mfa_devices::get(call.forge, call.caller, &user_meant(call)?, serial).await?;
    Ok(Xml::result(|result| of_user(result, &device)))
}

pub(super) async fn list_of_user(call: &Call<'_>) -> Answer {
    let found =
        mfa_devices::list_of_user(call.forge, call.caller, &user_meant(call)?, &pages::asked(call.params)?).await?;
    Ok(Xml::result(|result| {
        result.list("MFADevices", &found.items, of_user);
        pages::end(result, &found);
    }))
}

pub(super) async fn list(call: &Call<'_>) -> Answer {
    let words = [
        ("Any", Assignment::Any),
        ("Assigned", Assignment::Assigned),
        ("Unassigned", Assignment::Unassigned),
    ];
    let assignment = call.params.word("AssignmentStatus", &words)?.unwrap_or_default();
    let found = mfa_devices::list(call.forge, call.caller, assignment, &pages::asked(call.params)?).await?;
    Ok(Xml::result(|result| {
        result.list("VirtualMFADevices", &found.items, |xml, device| {
            xml.text(SERIAL, &device.serial);
            if let Some((user, since_ms)) = &device.enabled {
                xml.time("EnableDate", *since_ms);
                xml.element("User", |xml| {
                    xml.text("Path", &user.path);
                    xml.text("UserName", &user.name);
                    xml.text("UserId", &user.id);
                    xml.text("Arn", &user.arn);
                    xml.time("CreateDate", user.created_ms);
                });
            }
        });
        pages::end(result, &found);
    }))
}

fn passwords<'a>(call: &Call<'a>) -> Result<[&'a str; 2], Failure> {
    Ok([
        call.params.required("AuthenticationCode1")?,
        call.params.required("AuthenticationCode2")?,
    ])
}

fn of_user(xml: &mut Xml, device: &Device) {
    if let Some((user, since_ms)) = &device.enabled {
        xml.text("UserName", &user.name);
        xml.text(SERIAL, &device.serial);
        xml.time("EnableDate", *since_ms);
    }
}
