//! Request authorizers: "Output from an API Gateway Lambda authorizer".

use serde_json::{Value, json};

use super::{
    event::Incoming,
    responses::{ACCESS_DENIED, AUTHORIZER_FAILED, GatewayResponse, UNAUTHORIZED},
};
use crate::runtime_api::Function;

/// Asks an authorizer; answers the context that the function gets, or what the client gets instead.
pub(super) fn authorize(authorizer: &Function, incoming: &Incoming<'_>) -> Result<Value, GatewayResponse> {
    let event = incoming.authorizer_event().to_string();
    let answer = authorizer.invoke(event.as_bytes()).map_err(|error| {
        if error.message() == "Unauthorized" {
            UNAUTHORIZED
        } else {
            AUTHORIZER_FAILED
        }
    })?;
    let answer: Value = serde_json::from_slice(&answer).map_err(|_| AUTHORIZER_FAILED)?;
    let context = context(&answer).ok_or(AUTHORIZER_FAILED)?;
    match allows(&answer["policyDocument"], &incoming.method_arn()) {
        None => Err(AUTHORIZER_FAILED),
        Some(false) => Err(ACCESS_DENIED),
        Some(true) => Ok(context),
    }
}

/// The context for the function: all values become text. None when the answer is none of an authorizer.
fn context(answer: &Value) -> Option<Value> {
    let principal = answer["principalId"].as_str()?;
    let mut context = json!({ "principalId": principal, "integrationLatency": 1 });
    let given = &answer["context"];
    if given.is_null() {
        return Some(context);
    }
    for (name, value) in given.as_object()? {
        context[name] = match value {
            Value::String(_) => value.clone(),
            Value::Number(_) | Value::Bool(_) => Value::String(value.to_string()),
            // An answer with null, lists or objects in its context is refused whole.
            Value::Null | Value::Array(_) | Value::Object(_) => return None,
        };
    }
    Some(context)
}

/// True when a policy allows to invoke a method; none when it is no policy.
fn allows(policy: &Value, method_arn: &str) -> Option<bool> {
    let statements = match &policy["Statement"] {
        Value::Array(statements) => statements.as_slice(),
        one @ Value::Object(_) => std::slice::from_ref(one),
        _ => return None,
    };
    let mut allowed = false;
    for statement in statements {
        let matches = matches_any(&statement["Action"], "execute-api:Invoke")?
            && matches_any(&statement["Resource"], method_arn)?;
        match statement["Effect"].as_str()? {
            "Deny" if matches => return Some(false),
            "Allow" => allowed |= matches,
            "Deny" => {}
            _ => return None,
        }
    }
    Some(allowed)
}

/// True when one of the patterns matches; none when there are no patterns.
fn matches_any(patterns: &Value, text: &str) -> Option<bool> {
    let matches = |pattern: &Value| Some(matches(pattern.as_str()?.as_bytes(), text.as_bytes()));
    match patterns {
        Value::Array(patterns) => {
            let mut any = false;
            for pattern in patterns {
                any |= matches(pattern)?;
            }
            Some(any)
        }
        one => matches(one),
    }
}

/// `*` is any text, `?` any character.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => (0..=text.len()).any(|skipped| matches(rest, &text[skipped..])),
        (Some((b'?', rest)), Some((_, text))) => matches(rest, text),
        (Some((wanted, rest)), Some((found, text))) if wanted == found => matches(rest, text),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_allow_what_they_name_and_deny_first() {
        let arn = "arn:aws:execute-api:us-east-1:000000000000:id/prod/GET/v1/repos/x/info/refs";
        let statement = |effect: &str, resource: &str| json!({ "Action": "execute-api:Invoke", "Effect": effect, "Resource": resource });
        let all = "arn:aws:execute-api:us-east-1:000000000000:id/prod/*/v1/repos/*";
        let rows = [
            (json!([statement("Allow", all)]), Some(true)),
            (statement("Allow", arn), Some(true)),
            (json!([statement("Allow", "*")]), Some(true)),
            (json!([statement("Allow", &arn.replace("GET", "P?ST"))]), Some(false)),
            (json!([statement("Allow", &arn.replace("GET", "?ET"))]), Some(true)),
            (json!([statement("Allow", all), statement("Deny", arn)]), Some(false)),
            (
                json!([statement("Allow", all), statement("Deny", &format!("{arn}x"))]),
                Some(true),
            ),
            (json!([]), Some(false)),
            (json!([statement("Maybe", all)]), None),
            (json!([{ "Effect": "Allow", "Resource": "*" }]), None),
            (json!(null), None),
        ];
        for (statements, expected) in rows {
            let policy = json!({ "Version": "2012-10-17", "Statement": statements });
            assert_eq!(allows(&policy, arn), expected, "{policy}");
        }
    }

    #[test]
    fn contexts_become_text() {
        let answer = json!({ "principalId": "u", "context": { "a": "x", "b": true, "c": 7 } });
        let expected = json!({ "principalId": "u", "integrationLatency": 1, "a": "x", "b": "true", "c": "7" });
        assert_eq!(context(&answer), Some(expected));
        for broken in [
            json!({}),
            json!({ "principalId": "u", "context": { "a": null } }),
            json!(7),
        ] {
            assert_eq!(context(&broken), None, "{broken}");
        }
    }
}
