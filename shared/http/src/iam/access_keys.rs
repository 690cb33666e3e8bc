//! Access keys.

use packhouse_forge::iam::access_keys::{self, AccessKey};

use super::pages;
use super::parameters::{status, user_meant};
use crate::aws_query::xml::Xml;
use crate::aws_query::{Answer, Call};

pub(super) async fn create(call: &Call<'_>) -> Answer {
    let made = access_keys::create(call.forge, call.caller, &user_meant(call)?).await?;
    Ok(Xml::result(|result| {
        result.element("AccessKey", |key| {
            metadata(key, &made.key);
            key.text("SecretAccessKey", &made.secret);
        });
    }))
}

pub(super) async fn update(call: &Call<'_>) -> Answer {
    let id = call.params.required("AccessKeyId")?;
    access_keys::update(call.forge, call.caller, &user_meant(call)?, id, status(call)?).await?;
    Ok(Xml::nothing())
}

pub(super) async fn delete(call: &Call<'_>) -> Answer {
    let id = call.params.required("AccessKeyId")?;
    access_keys::delete(call.forge, call.caller, &user_meant(call)?, id).await?;
    Ok(Xml::nothing())
}

pub(super) async fn list(call: &Call<'_>) -> Answer {
    let found = access_keys::list(call.forge, call.caller, &user_meant(call)?, &pages::asked(call.params)?).await?;
    Ok(Xml::result(|result| {
        result.list("AccessKeyMetadata", &found.items, metadata);
        pages::end(result, &found);
    }))
}

pub(super) async fn get_last_used(call: &Call<'_>) -> Answer {
    const NEVER: &str = "N/A";
    let id = call.params.required("AccessKeyId")?;
    let found = access_keys::get_last_used(call.forge, call.caller, id).await?;
    Ok(Xml::result(|result| {
        result.text("UserName", &found.user);
        result.element("AccessKeyLastUsed", |last| {
            if let Some(used) = &found.used {
                last.time("LastUsedDate", used.at_ms);
            }
            let used = found.used.as_ref();
            last.text("ServiceName", used.map_or(NEVER, |used| &used.service));
            last.text("Region", used.map_or(NEVER, |used| &used.region));
        });
    }))
}

fn metadata(xml: &mut Xml, key: &AccessKey) {
    xml.text("UserName", &key.user);
    xml.text("AccessKeyId", &key.id);
    xml.text("Status", key.status.as_str());
    xml.time("CreateDate", key.created_ms);
}
