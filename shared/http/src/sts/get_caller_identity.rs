//! `GetCallerIdentity`, which everybody may call who can sign.

use crate::aws_query::Call;
use crate::aws_query::xml::Xml;

pub(super) fn serve(call: &Call<'_>) -> Xml {
    let principal = &call.caller.principal;
    Xml::result(|result| {
        result.text("Arn", &principal.arn);
        result.text("UserId", &principal.user_id);
        result.text("Account", principal.account.as_str());
    })
}
