//! Direct uploads: `POST uploads`, `POST uploads/<upload>/parts` and `POST uploads/<upload>/git-receive-pack`.
//!
//! The first two take and answer JSON; the last is a push without its pack, and answered as one. What fails outside of
//! Git's protocol is answered as `{"message": "…"}`.

#[cfg(test)]
mod tests;

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use packhouse_forge::error::Result;
use packhouse_forge::uploads::{self, Part};
use packhouse_git::advertisement::Service;
use packhouse_storage::blobs::PresignedPut;
use packhouse_storage::error::Error as StorageError;
use packhouse_storage::incoming::UploadId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::body::{BodyError, Reader};
use super::{Call, is_request_to, public_message, receive_pack, status};
use crate::request::is_of_type;

/// The longest request in bytes: a hundred numbers.
const MAX_REQUEST: usize = 64 << 10;

/// What a path below `uploads` asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    Begin,
    Parts(String),
    Finish(String),
}

#[derive(Deserialize)]
struct Begin {
    bytes: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Begun<'a> {
    upload: &'a str,
    part_bytes: u64,
    parts: u32,
}

#[derive(Deserialize)]
struct AskedParts {
    bytes: u64,
    parts: Vec<u32>,
}

#[derive(Serialize)]
struct Parts {
    parts: Vec<PartOut>,
}

#[derive(Serialize)]
struct PartOut {
    part: u32,
    bytes: u64,
    stored: bool,
    /// Absolute, or a path to be put in the place of `/v1/repos/…`: whoever sent the request knows best how we are
    /// reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    headers: serde_json::Map<String, serde_json::Value>,
}

/// Answers one step of an upload.
pub(super) async fn answer(call: Call, step: Step, query: &str, body: Body) -> Response {
    match carry_out(call, step, query, body).await {
        Ok(answer) => answer,
        Err(error) => refusal(status(&error), &public_message(&error)),
    }
}

async fn carry_out(call: Call, step: Step, query: &str, body: Body) -> Result<Response> {
    match step {
        Step::Begin => {
            let asked: Begin = match read(&call, body).await {
                Ok(asked) => asked,
                Err(refusal) => return Ok(refusal),
            };
            let (upload, cut) = uploads::begin(&call.app.forge, &call.caller, &call.name, asked.bytes).await?;
            Ok(json(&Begun {
                upload: upload.as_str(),
                part_bytes: cut.part_bytes,
                parts: cut.parts,
            }))
        }
        Step::Parts(upload) => {
            let asked: AskedParts = match read(&call, body).await {
                Ok(asked) => asked,
                Err(refusal) => return Ok(refusal),
            };
            let upload = (UploadId::parse(&upload)?, asked.bytes);
            let parts = uploads::parts(&call.app.forge, &call.caller, &call.name, upload, &asked.parts).await?;
            let parts = parts.into_iter().map(part_out).collect();
            Ok(json(&Parts { parts }))
        }
        Step::Finish(_) if !is_request_to(Service::ReceivePack, &call.headers) => Ok(refusal(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the content type is not that of a push",
        )),
        Step::Finish(upload) => {
            let bytes = query.split('&').find_map(|pair| pair.strip_prefix("bytes="));
            let bytes = bytes.and_then(|bytes| bytes.parse().ok()).ok_or_else(|| {
                StorageError::Invalid("the query must say bytes=, how many bytes the pack has".into())
            })?;
            receive_pack::answer_uploaded(call, (UploadId::parse(&upload)?, bytes), body).await
        }
    }
}

/// A refusal in the form of these routes.
fn refusal(status: StatusCode, message: &str) -> Response {
    let body = serde_json::json!({ "message": message }).to_string();
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

async fn read<T: DeserializeOwned>(call: &Call, body: Body) -> std::result::Result<T, Response> {
    // No form of a web page of another origin can say that, and so use credentials that a browser remembers.
    if !is_of_type(&call.headers, "application/json") {
        return Err(refusal(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the content type is not application/json",
        ));
    }
    let failed = |error: BodyError| {
        let status = match error {
            BodyError::TooLong(_) => StatusCode::PAYLOAD_TOO_LARGE,
            BodyError::Busy => StatusCode::SERVICE_UNAVAILABLE,
            BodyError::Encoding => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            BodyError::Gone | BodyError::Slow | BodyError::Gzip => StatusCode::BAD_REQUEST,
        };
        refusal(status, &error.to_string())
    };
    let reader = Reader::new(&call.headers, body).map_err(failed)?;
    let (body, _place) = reader.whole(MAX_REQUEST).await.map_err(failed)?;
    serde_json::from_slice(&body).map_err(|error| {
        let message = format!("the request cannot be read: {error}");
        refusal(StatusCode::BAD_REQUEST, &message)
    })
}

fn part_out(part: Part) -> PartOut {
    let stored = part.put.is_none();
    let PresignedPut { url, headers } = part.put.unwrap_or_else(|| PresignedPut {
        url: String::new(),
        headers: Vec::new(),
    });
    PartOut {
        part: part.number,
        bytes: part.bytes,
        stored,
        url: (!stored).then_some(url),
        headers: headers.into_iter().map(|(name, value)| (name, value.into())).collect(),
    }
}

fn json(answer: &impl Serialize) -> Response {
    // URLs in it are credentials.
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let body = serde_json::to_vec(answer).expect("strings and numbers always encode");
    (headers, body).into_response()
}
