//! `AssumeRole`.

use packhouse_forge::sts::assume_role::{self, Extras};

use super::{failure, role_session, second_factor};
use crate::aws_query::xml::Xml;
use crate::aws_query::{Answer, Call};

pub(super) async fn serve(call: &Call<'_>) -> Answer {
    let request = role_session::request(call.params)?;
    let extras = Extras {
        tags: call.params.tags()?,
        external_id: call.params.text("ExternalId").map(str::to_owned),
        factor: second_factor(call.params)?,
    };
    let session = assume_role::assume(call.forge, call.caller, &request, extras).await;
    let session = session.map_err(failure)?;
    Ok(Xml::result(|result| role_session::written(result, &session)))
}
