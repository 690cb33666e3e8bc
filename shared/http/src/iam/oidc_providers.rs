//! OpenID Connect providers.

use packhouse_forge::iam::oidc_providers::{self, Issuer, NewProvider};

use super::tags;
use crate::aws_query::xml::Xml;
use crate::aws_query::{Answer, Call};

const ARN: &str = "OpenIDConnectProviderArn";

pub(super) async fn create(call: &Call<'_>) -> Answer {
    let new = NewProvider {
        issuer: Issuer::new(call.params.required("Url")?)?,
        client_ids: texts(call, "ClientIDList.member"),
        thumbprints: texts(call, "ThumbprintList.member"),
        tags: call.params.tags()?,
    };
    let given = new.tags.iter().cloned().collect();
    let arn = oidc_providers::create(call.forge, call.caller, new).await?;
    Ok(Xml::result(|result| {
        result.text(ARN, &arn);
        tags::write_some(result, &given);
    }))
}

pub(super) async fn get(call: &Call<'_>) -> Answer {
    let provider = oidc_providers::get(call.forge, call.caller, call.params.required(ARN)?).await?;
    Ok(Xml::result(|result| {
        result.text("Url", &provider.url);
        result.time("CreateDate", provider.created_ms);
        result.texts("ClientIDList", provider.client_ids.iter().map(String::as_str));
        result.texts("ThumbprintList", provider.thumbprints.iter().map(String::as_str));
        tags::write_some(result, &provider.tags);
    }))
}

pub(super) async fn list(call: &Call<'_>) -> Answer {
    let arns = oidc_providers::list(call.forge, call.caller).await?;
    Ok(Xml::result(|result| {
        result.list("OpenIDConnectProviderList", &arns, |xml, arn| xml.text("Arn", arn));
    }))
}

pub(super) async fn delete(call: &Call<'_>) -> Answer {
    oidc_providers::delete(call.forge, call.caller, call.params.required(ARN)?).await?;
    Ok(Xml::nothing())
}

pub(super) async fn add_client_id(call: &Call<'_>) -> Answer {
    let (arn, id) = (call.params.required(ARN)?, call.params.required("ClientID")?);
    oidc_providers::add_client_id(call.forge, call.caller, arn, id).await?;
    Ok(Xml::nothing())
}

pub(super) async fn remove_client_id(call: &Call<'_>) -> Answer {
    let (arn, id) = (call.params.required(ARN)?, call.params.required("ClientID")?);
    oidc_providers::remove_client_id(call.forge, call.caller, arn, id).await?;
    Ok(Xml::nothing())
}

pub(super) async fn update_thumbprints(call: &Call<'_>) -> Answer {
    let arn = call.params.required(ARN)?;
    let thumbprints = texts(call, "ThumbprintList.member");
    oidc_providers::update_thumbprints(call.forge, call.caller, arn, &thumbprints).await?;
    Ok(Xml::nothing())
}

fn texts(call: &Call<'_>, name: &str) -> Vec<String> {
    call.params.list(name).into_iter().map(str::to_owned).collect()
}
