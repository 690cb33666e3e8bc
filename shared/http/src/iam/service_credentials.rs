//! Service-specific credentials.

use packhouse_forge::iam::service_credentials::{self, NewServiceCredential, SERVICE, ServiceCredential};

use super::pages;
use super::parameters::{status, user_meant, user_named};
use crate::aws_query::failure::Failure;
use crate::aws_query::xml::Xml;
use crate::aws_query::{Answer, Call};

const ID: &str = "ServiceSpecificCredentialId";

pub(super) async fn create(call: &Call<'_>) -> Answer {
    let user = user_named(call)?;
    let service = call.params.required("ServiceName")?;
    if call.params.text("CredentialAgeDays").is_some() {
        return Err(Failure::validation(
            "CredentialAgeDays is not for credentials of this service, which do not expire",
        ));
    }
    let made = service_credentials::create(call.forge, call.caller, &user, service).await?;
    Ok(told(&made))
}

pub(super) async fn update(call: &Call<'_>) -> Answer {
    let id = call.params.required(ID)?;
    service_credentials::update(call.forge, call.caller, &user_meant(call)?, id, status(call)?).await?;
    Ok(Xml::nothing())
}

pub(super) async fn reset(call: &Call<'_>) -> Answer {
    let id = call.params.required(ID)?;
    let made = service_credentials::reset(call.forge, call.caller, &user_meant(call)?, id).await?;
    Ok(told(&made))
}

pub(super) async fn delete(call: &Call<'_>) -> Answer {
    let id = call.params.required(ID)?;
    service_credentials::delete(call.forge, call.caller, &user_meant(call)?, id).await?;
    Ok(Xml::nothing())
}

pub(super) async fn list(call: &Call<'_>) -> Answer {
    if call.params.flag("AllUsers")? == Some(true) {
        return Err(Failure::validation("AllUsers is not supported; name a user"));
    }
    let user = user_meant(call)?;
    let service = call.params.text("ServiceName");
    let found = service_credentials::list(call.forge, call.caller, &user, service, &pages::asked(call.params)?).await?;
    Ok(Xml::result(|result| {
        result.list("ServiceSpecificCredentials", &found.items, metadata);
        pages::end(result, &found);
    }))
}

/// The only answers that tell a password.
fn told(made: &NewServiceCredential) -> Xml {
    Xml::result(|result| {
        result.element("ServiceSpecificCredential", |credential| {
            metadata(credential, &made.credential);
            credential.text("ServicePassword", &made.password);
        });
    })
}

fn metadata(xml: &mut Xml, credential: &ServiceCredential) {
    xml.text("UserName", &credential.user);
    xml.text("Status", credential.status.as_str());
    xml.text("ServiceUserName", &credential.user_name);
    xml.time("CreateDate", credential.created_ms);
    xml.text(ID, &credential.id);
    xml.text("ServiceName", SERVICE);
}
