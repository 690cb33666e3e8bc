//! `GetSessionToken`.

use packhouse_forge::sts::session_token;

use super::{credentials, failure, second_factor};
use crate::aws_query::xml::Xml;
use crate::aws_query::{Answer, Call};

pub(super) async fn serve(call: &Call<'_>) -> Answer {
    let duration = call.params.number("DurationSeconds")?;
    let factor = second_factor(call.params)?;
    let got = session_token::get(call.forge, call.caller, duration, factor.as_ref()).await;
    let (key, expires) = got.map_err(failure)?;
    Ok(Xml::result(|result| credentials(result, &key, expires)))
}
