//! The events that functions and authorizers get: "Input format of a Lambda function for proxy integration", version 1.0.

use std::collections::BTreeMap;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Map, Value, json};
use time::{OffsetDateTime, macros::format_description};

use super::{GatewayConfig, headers, routes::Matched};
use crate::{
    clock,
    emulators::REGION,
    http_server::{RequestHead, percent_decode},
};

/// A request, its body read, its route found.
#[derive(Debug)]
pub(super) struct Incoming<'a> {
    pub(super) config: &'a GatewayConfig,
    pub(super) head: &'a RequestHead,
    pub(super) matched: &'a Matched<'a>,
    /// Without the stage.
    pub(super) path: &'a str,
    pub(super) request_id: &'a str,
    pub(super) source_ip: String,
}

impl Incoming<'_> {
    /// What the function gets. The authorizer's context is null where the route has no authorizer.
    pub(super) fn proxy_event(&self, body: &[u8], authorizer: &Value) -> Value {
        let passed = headers::to_function(&self.headers(), self.config.signed_authorization);
        let mut event = self.common(&passed);
        if !authorizer.is_null() {
            event["requestContext"]["authorizer"] = authorizer.clone();
        }
        let fields = event.as_object_mut().expect("an event is an object");
        // Under the binary media type */* every body is binary.
        let encoded = (!body.is_empty()).then(|| BASE64_STANDARD.encode(body));
        fields.insert("isBase64Encoded".to_owned(), encoded.is_some().into());
        fields.insert("body".to_owned(), encoded.into());
        event
    }

    /// What a request authorizer gets.
    pub(super) fn authorizer_event(&self) -> Value {
        let mut event = self.common(&self.headers());
        let fields = event.as_object_mut().expect("an event is an object");
        fields.insert("type".to_owned(), "REQUEST".into());
        fields.insert("methodArn".to_owned(), self.method_arn().into());
        event
    }

    /// `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH`.
    pub(super) fn method_arn(&self) -> String {
        let config = self.config;
        format!(
            "arn:aws:execute-api:{REGION}:{}:{}/{}/{}/{}",
            config.account,
            config.api_id,
            config.stage,
            self.head.method,
            self.path.trim_start_matches('/')
        )
    }

    /// The client's headers, and those that the gateway adds.
    fn headers(&self) -> Vec<(String, String)> {
        let mut sent = self.head.headers_as_sent.clone();
        let added = [
            (
                "X-Amzn-Trace-Id",
                format!("Root=1-00000000-{}", &self.request_id.replace('-', "")[..24]),
            ),
            ("X-Forwarded-For", self.source_ip.clone()),
            ("X-Forwarded-Port", "443".to_owned()),
            ("X-Forwarded-Proto", "https".to_owned()),
        ];
        sent.extend(added.map(|(name, value)| (name.to_owned(), value)));
        sent
    }

    fn common(&self, headers: &[(String, String)]) -> Value {
        let headers = Values::of(headers.iter().cloned());
        let query = Values::of(query(&self.head.query));
        let variables = &self.config.stage_variables;
        json!({
            "resource": self.matched.route.resource,
            "path": self.path,
            "httpMethod": self.head.method,
            "headers": headers.last(),
            "multiValueHeaders": headers.all(),
            "queryStringParameters": query.last(),
            "multiValueQueryStringParameters": query.all(),
            "pathParameters": none_if_empty(&self.matched.parameters),
            "stageVariables": none_if_empty(variables),
            "requestContext": self.context(),
        })
    }

    fn context(&self) -> Value {
        let config = self.config;
        let host = self.head.header("host").unwrap_or_default();
        let domain = host.split(':').next().unwrap_or_default();
        let now = clock::now();
        json!({
            "resourceId": "harness",
            "resourcePath": self.matched.route.resource,
            "httpMethod": self.head.method,
            "extendedRequestId": "SGFybmVzcw=",
            "requestTime": request_time(i64::try_from(now.as_secs()).unwrap_or_default()),
            "path": self.head.path,
            "accountId": config.account,
            "protocol": "HTTP/1.1",
            "stage": config.stage,
            "domainPrefix": domain.split('.').next(),
            "requestTimeEpoch": u64::try_from(now.as_millis()).unwrap_or_default(),
            "requestId": self.request_id,
            "identity": {
                "accessKey": null,
                "accountId": null,
                "caller": null,
                "cognitoAuthenticationProvider": null,
                "cognitoAuthenticationType": null,
                "cognitoIdentityId": null,
                "cognitoIdentityPoolId": null,
                "principalOrgId": null,
                "sourceIp": self.source_ip,
                "user": null,
                "userAgent": self.head.header("user-agent"),
                "userArn": null,
            },
            "domainName": domain,
            "apiId": config.api_id,
        })
    }
}

/// Such as `21/Nov/2026:15:54:20 +0000`.
fn request_time(seconds: i64) -> String {
    let format = format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");
    let time = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    time.format(&format).unwrap_or_default()
}

fn query(query: &str) -> impl Iterator<Item = (String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let plain = |text: &str| percent_decode(&text.replace('+', " "));
        (plain(name), plain(value))
    })
}

fn none_if_empty(pairs: &BTreeMap<String, String>) -> Value {
    if pairs.is_empty() { Value::Null } else { json!(pairs) }
}

/// Values by name, in the order in which they came. Names that differ in case only are one; the first spelling stays.
struct Values(Vec<(String, Vec<String>)>);

impl Values {
    fn of(pairs: impl Iterator<Item = (String, String)>) -> Self {
        let mut values: Vec<(String, Vec<String>)> = Vec::new();
        for (name, value) in pairs {
            match values.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(&name)) {
                Some((_, found)) => found.push(value),
                None => values.push((name, vec![value])),
            }
        }
        Self(values)
    }

    fn last(&self) -> Value {
        self.object(|values| values.last().cloned().into())
    }

    fn all(&self) -> Value {
        self.object(|values| values.clone().into())
    }

    fn object(&self, value: impl Fn(&Vec<String>) -> Value) -> Value {
        if self.0.is_empty() {
            return Value::Null;
        }
        let pairs = self.0.iter().map(|(name, values)| (name.clone(), value(values)));
        Value::Object(pairs.collect::<Map<_, _>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_queries_look_as_in_events() {
        assert_eq!(request_time(1_795_276_460), "21/Nov/2026:15:54:20 +0000");
        let values = Values::of(query("service=git-upload-pack&a=1&a=%2F+x&b"));
        assert_eq!(
            values.last(),
            json!({ "service": "git-upload-pack", "a": "/ x", "b": "" })
        );
        assert_eq!(
            values.all(),
            json!({ "service": ["git-upload-pack"], "a": ["1", "/ x"], "b": [""] })
        );
        assert_eq!(Values::of(query("")).last(), Value::Null);
    }
}
