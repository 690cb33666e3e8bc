//! SSH public keys.

use packhouse_forge::iam::ssh_public_keys::{self, Encoding, SshPublicKey, SshPublicKeyInfo};

use super::pages;
use super::parameters::{status, user_meant, user_named};
use crate::aws_query::failure::Failure;
use crate::aws_query::xml::Xml;
use crate::aws_query::{Answer, Call};

const ID: &str = "SSHPublicKeyId";
const BODY: &str = "SSHPublicKeyBody";

pub(super) async fn upload(call: &Call<'_>) -> Answer {
    let user = user_named(call)?;
    let body = call.params.required(BODY)?;
    let key = ssh_public_keys::upload(call.forge, call.caller, &user, body).await?;
    Ok(whole(&key))
}

pub(super) async fn get(call: &Call<'_>) -> Answer {
    let user = user_named(call)?;
    let id = call.params.required(ID)?;
    let encodings = [("SSH", Encoding::Ssh), ("PEM", Encoding::Pem)];
    let encoding = call.params.word("Encoding", &encodings)?;
    let encoding = encoding.ok_or_else(|| Failure::null("Encoding"))?;
    let key = ssh_public_keys::get(call.forge, call.caller, &user, id, encoding).await?;
    Ok(whole(&key))
}

pub(super) async fn list(call: &Call<'_>) -> Answer {
    let found = ssh_public_keys::list(call.forge, call.caller, &user_meant(call)?, &pages::asked(call.params)?).await?;
    Ok(Xml::result(|result| {
        result.list("SSHPublicKeys", &found.items, metadata);
        pages::end(result, &found);
    }))
}

pub(super) async fn update(call: &Call<'_>) -> Answer {
    let (user, id) = (user_named(call)?, call.params.required(ID)?);
    ssh_public_keys::update(call.forge, call.caller, &user, id, status(call)?).await?;
    Ok(Xml::nothing())
}

pub(super) async fn delete(call: &Call<'_>) -> Answer {
    let (user, id) = (user_named(call)?, call.params.required(ID)?);
    ssh_public_keys::delete(call.forge, call.caller, &user, id).await?;
    Ok(Xml::nothing())
}

fn whole(key: &SshPublicKey) -> Xml {
    Xml::result(|result| {
        result.element("SSHPublicKey", |xml| {
            metadata(xml, &key.info);
            xml.text("Fingerprint", &key.fingerprint);
            xml.text(BODY, &key.body);
        });
    })
}

fn metadata(xml: &mut Xml, key: &SshPublicKeyInfo) {
    xml.text("UserName", &key.user);
    xml.text(ID, &key.id);
    xml.text("Status", key.status.as_str());
    xml.time("UploadDate", key.uploaded_ms);
}
