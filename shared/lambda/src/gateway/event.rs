//! The request that a proxy event tells.
//!
//! Not the conversion of `lambda_http`: that one puts the stage into the path, of a header that was sent twice it keeps
//! one value, and it panics on a body that is no base64. Tests compare the two where they are to agree.

use std::collections::HashMap;

use aws_lambda_events::apigw::{ApiGatewayProxyRequest, ApiGatewayProxyRequestContext};
use aws_lambda_events::query_map::QueryMap;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderValue, Uri};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use packhouse_forge::identity::Proven;
use packhouse_http::auth::gateway::{SentPath, Vouched};
use packhouse_http::auth::source::Peer;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::authorizer::{PROVEN, SIGNATURE};

/// Why an event is not a request.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoRequest {
    #[error("it is no proxy event: {0}")]
    Shape(#[from] serde_json::Error),
    #[error("its path is {0:?}")]
    Path(String),
    #[error("its body is no base64: {0}")]
    Body(#[from] base64::DecodeError),
}

/// What stands for itself in a query (RFC 3986, unreserved).
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The request, and how long its body is. What the gateway vouches for is among its extensions, and so are the path that
/// was sent and where it came from.
pub(super) fn request(event: &RawValue) -> Result<(Request, u64), NoRequest> {
    let event: ApiGatewayProxyRequest = serde_json::from_str(event.get())?;
    let uri = uri(
        event.path.unwrap_or_default(),
        &event.query_string_parameters,
        &event.multi_value_query_string_parameters,
    )?;
    let body = event.body.unwrap_or_default().into_bytes();
    let body = if event.is_base64_encoded {
        STANDARD.decode(body)?
    } else {
        body
    };
    let bytes = body.len() as u64;
    let mut request = Request::new(Body::from(body));
    *request.method_mut() = event.http_method;
    *request.uri_mut() = uri;
    // The one holds all that the other holds, but some emulators fill only one of them.
    *request.headers_mut() = if event.multi_value_headers.is_empty() {
        event.headers
    } else {
        event.multi_value_headers
    };
    let ApiGatewayProxyRequestContext {
        path,
        authorizer,
        identity,
        ..
    } = event.request_context;
    if let Some(signature) = authorizer.fields.get(SIGNATURE).and_then(Value::as_str)
        && !request.headers().contains_key(AUTHORIZATION)
        && let Ok(value) = HeaderValue::from_str(signature)
    {
        request.headers_mut().insert(AUTHORIZATION, value);
    }
    if let Some(path) = path {
        request.extensions_mut().insert(SentPath(path));
    }
    if let Some(ip) = identity.source_ip.and_then(|ip| ip.parse().ok()) {
        // The gateway speaks TLS only.
        request.extensions_mut().insert(Peer { ip, secure: true });
    }
    if let Some(proven) = vouched(&authorizer.fields) {
        request.extensions_mut().insert(Vouched(proven));
    }
    Ok((request, bytes))
}

/// The path as it is, which is encoded, and the query, which the gateway has decoded.
fn uri(path: String, single: &QueryMap, multi: &QueryMap) -> Result<Uri, NoRequest> {
    if !path.starts_with('/') || path.contains(['?', '#']) {
        return Err(NoRequest::Path(path));
    }
    let query = if multi.is_empty() { single } else { multi };
    let encode = |text: &str| utf8_percent_encode(text, QUERY).to_string();
    let pairs: Vec<String> = query
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    let all = if pairs.is_empty() {
        path.clone()
    } else {
        format!("{path}?{}", pairs.join("&"))
    };
    all.parse().map_err(|_| NoRequest::Path(path))
}

/// What our authorizer says was proven. What cannot be read was said by somebody else.
fn vouched(fields: &HashMap<String, Value>) -> Option<Proven> {
    serde_json::from_str(fields.get(PROVEN)?.as_str()?).ok()
}

#[cfg(test)]
mod tests;
