//! Answers that are handed over whole.

use aws_lambda_events::apigw::ApiGatewayProxyResponse;
use aws_lambda_events::encodings::Body as EventBody;
use axum::body::to_bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use lambda_runtime::Error;
use serde_json::json;
use serde_json::value::RawValue;

/// The longest answer of a function, as JSON.
const MAX_ANSWER: usize = 6_291_556;

/// The answer, for a gateway that buffers. One that Lambda does not carry becomes an error that says so.
///
/// # Errors
/// Never for an answer of ours.
pub(crate) async fn buffered(response: Response) -> Result<Box<RawValue>, Error> {
    let (parts, body) = response.into_parts();
    let body = match to_bytes(body, MAX_ANSWER).await {
        Ok(body) => body,
        Err(error) => {
            let error: Box<dyn std::error::Error + Send + Sync> = error.into_inner();
            return if error.is::<http_body_util::LengthLimitError>() {
                too_long()
            } else {
                tracing::error!(%error, "the answer broke");
                failure(StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure", "internal error")
            };
        }
    };
    let body = match String::from_utf8(body.to_vec()) {
        Ok(text) => EventBody::Text(text),
        Err(bytes) => EventBody::Binary(bytes.into_bytes()),
    };
    let answer = encode(parts.status, parts.headers, body)?;
    if answer.get().len() > MAX_ANSWER {
        return too_long();
    }
    Ok(answer)
}

fn encode(status: StatusCode, mut headers: HeaderMap, body: EventBody) -> Result<Box<RawValue>, Error> {
    // The gateway counts what it sends.
    headers.remove(header::CONTENT_LENGTH);
    let mut answer = ApiGatewayProxyResponse::default();
    answer.status_code = i64::from(status.as_u16());
    answer.is_base64_encoded = matches!(body, EventBody::Binary(_));
    answer.multi_value_headers = headers;
    answer.body = Some(body);
    Ok(serde_json::value::to_raw_value(&answer)?)
}

fn too_long() -> Result<Box<RawValue>, Error> {
    tracing::error!("the answer is longer than Lambda carries");
    let message = "The answer is longer than the 6 MB that one call can return. Ask for less at once.";
    failure(StatusCode::BAD_REQUEST, "ResponseTooLargeException", message)
}

/// An error in the form of the API, the only one whose answers are buffered.
fn failure(status: StatusCode, kind: &'static str, message: &str) -> Result<Box<RawValue>, Error> {
    let headers = HeaderMap::from_iter([
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/x-amz-json-1.1"),
        ),
        ("x-amzn-errortype".parse()?, HeaderValue::from_static(kind)),
    ]);
    let body = json!({ "__type": kind, "message": message }).to_string();
    encode(status, headers, EventBody::Text(body))
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, Bytes};
    use futures_util::stream;
    use serde_json::Value;

    use super::*;

    async fn answer(body: Body) -> Value {
        let mut response = Response::new(body);
        for (name, value) in [("content-length", "7"), ("vary", "a"), ("vary", "b")] {
            response.headers_mut().append(name, HeaderValue::from_static(value));
        }
        let answer = buffered(response).await.unwrap();
        assert!(answer.get().len() <= MAX_ANSWER);
        serde_json::from_str(answer.get()).unwrap()
    }

    #[tokio::test]
    async fn text_goes_as_it_is_and_the_rest_in_base64() {
        for (body, encoded, expect) in [
            (&b"{\"a\":\"\xc3\xa9\"}"[..], false, "{\"a\":\"é\"}"),
            (b"", false, ""),
            (b"\xff\x00", true, "/wA="),
        ] {
            let answer = answer(Body::from(body)).await;
            assert_eq!(answer["statusCode"], 200);
            assert_eq!(answer["isBase64Encoded"], encoded);
            assert_eq!(answer["body"], expect);
            assert_eq!(answer["multiValueHeaders"], json!({ "vary": ["a", "b"] }));
        }
    }

    #[tokio::test]
    async fn an_answer_that_lambda_does_not_carry_becomes_an_error_that_says_so() {
        for (piece, length) in [
            ("a", 6_000_000),
            ("a", 6_291_557),
            ("\"", 3_200_000),
            ("\u{1}", 1_100_000),
            ("a", 20_000_000),
        ] {
            let answer = answer(Body::from(piece.repeat(length))).await;
            let fits = length == 6_000_000;
            assert_eq!(answer["statusCode"], if fits { 200 } else { 400 }, "{length}");
            if !fits {
                let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
                assert_eq!(body["__type"], "ResponseTooLargeException");
                assert_eq!(
                    answer["multiValueHeaders"]["x-amzn-errortype"][0],
                    "ResponseTooLargeException"
                );
            }
        }
    }

    #[tokio::test]
    async fn an_answer_that_breaks_is_an_internal_error() {
        let broken = stream::iter([Ok(Bytes::from("x")), Err(std::io::Error::other("the secret"))]);
        let answer = answer(Body::from_stream(broken)).await;
        assert_eq!(answer["statusCode"], 500);
        assert!(!answer.to_string().contains("secret"));
    }
}
