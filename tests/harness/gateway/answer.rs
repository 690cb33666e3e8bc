//! What a function answers: whole, or a prelude and then a body that streams.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::Value;

use super::responses::{FUNCTION_FAILED, GatewayResponse, INTERNAL};

/// Within so many bytes the prelude of a stream has to end.
pub(super) const PRELUDE_LIMIT: usize = 16 * 1024;

/// What stands between the prelude and the body.
const DELIMITER: [u8; 8] = [0; 8];

/// Status and headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Meta {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
}

/// Takes a buffered answer apart.
pub(super) fn buffered(answer: &[u8]) -> Result<(Meta, Vec<u8>), GatewayResponse> {
    let answer: Value = serde_json::from_slice(answer).map_err(|_| FUNCTION_FAILED)?;
    let meta = meta(&answer, None).ok_or(FUNCTION_FAILED)?;
    let body = match &answer["body"] {
        Value::Null => "",
        Value::String(body) => body,
        _ => return Err(FUNCTION_FAILED),
    };
    let body = match &answer["isBase64Encoded"] {
        Value::Bool(true) => BASE64_STANDARD.decode(body).map_err(|_| INTERNAL)?,
        Value::Bool(false) | Value::Null => body.as_bytes().to_vec(),
        _ => return Err(FUNCTION_FAILED),
    };
    Ok((meta, body))
}

/// Takes the beginning of a stream apart: its prelude, and what of the body came with it. None while the prelude is not whole.
pub(super) fn prelude(begun: &[u8]) -> Result<Option<(Meta, Vec<u8>)>, GatewayResponse> {
    let Some(end) = begun.windows(DELIMITER.len()).position(|window| window == DELIMITER) else {
        return if begun.len() > PRELUDE_LIMIT {
            Err(FUNCTION_FAILED)
        } else {
            Ok(None)
        };
    };
    let parsed = serde_json::from_slice(&begun[..end]).map_err(|_| FUNCTION_FAILED)?;
    let meta = meta(&parsed, Some(200)).ok_or(FUNCTION_FAILED)?;
    Ok(Some((meta, begun[end + DELIMITER.len()..].to_vec())))
}

/// None when it is none.
fn meta(answer: &Value, default_status: Option<u16>) -> Option<Meta> {
    answer.as_object()?;
    let status = match &answer["statusCode"] {
        Value::Null => default_status?,
        // Some runtimes send the number as text, and the gateway takes it.
        Value::String(text) => text.parse::<u16>().ok()?,
        number => u16::try_from(number.as_u64()?).ok()?,
    };
    let mut headers = Vec::new();
    for (name, values) in object(&answer["multiValueHeaders"])? {
        for value in values.as_array()? {
            headers.push((name.clone(), text(value)?));
        }
    }
    for (name, value) in object(&answer["headers"])? {
        // A pair that stands in both places is sent once.
        let pair = (name.clone(), text(value)?);
        let same = |(known, value): &(String, String)| known.eq_ignore_ascii_case(name) && *value == pair.1;
        if !headers.iter().any(same) {
            headers.push(pair);
        }
    }
    for cookie in answer["cookies"].as_array().into_iter().flatten() {
        headers.push(("Set-Cookie".to_owned(), text(cookie)?));
    }
    (100..600).contains(&status).then_some(Meta { status, headers })
}

fn object(value: &Value) -> Option<Vec<(&String, &Value)>> {
    match value {
        Value::Null => Some(Vec::new()),
        Value::Object(pairs) => Some(pairs.iter().collect()),
        _ => None,
    }
}

/// Texts, numbers and truth values may be headers, if they fit into a line.
fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    (!text.contains(['\r', '\n'])).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(meta: &Meta) -> String {
        let headers = meta.headers.iter().map(|(name, value)| format!(" {name}={value}"));
        headers.fold(meta.status.to_string(), |shown, header| shown + &header)
    }

    #[test]
    fn buffered_answers_are_taken_apart_or_refused() {
        let rows = [
            (r#"{"statusCode":200,"body":"hello"}"#, Ok(("200", "hello"))),
            (r#"{"statusCode":"404"}"#, Ok(("404", ""))),
            (
                r#"{"statusCode":200,"headers":{"a":"1","n":2},"multiValueHeaders":{"A":["1","3"]},"body":"aGk=","isBase64Encoded":true}"#,
                Ok(("200 A=1 A=3 n=2", "hi")),
            ),
            (
                r#"{"statusCode":204,"headers":null,"body":null,"isBase64Encoded":null}"#,
                Ok(("204", "")),
            ),
            (r#"{"statusCode":200,"body":"!","isBase64Encoded":true}"#, Err(INTERNAL)),
            ("{}", Err(FUNCTION_FAILED)),
            ("nonsense", Err(FUNCTION_FAILED)),
            (r#""text""#, Err(FUNCTION_FAILED)),
            (r#"{"statusCode":99}"#, Err(FUNCTION_FAILED)),
            (r#"{"statusCode":200,"body":{}}"#, Err(FUNCTION_FAILED)),
            (r#"{"statusCode":200,"headers":{"a":null}}"#, Err(FUNCTION_FAILED)),
            (
                "{\"statusCode\":200,\"headers\":{\"a\":\"x\\r\\ny: z\"}}",
                Err(FUNCTION_FAILED),
            ),
        ];
        for (answer, expected) in rows {
            let taken = buffered(answer.as_bytes());
            let taken = taken.map(|(meta, body)| (shown(&meta), String::from_utf8_lossy(&body).into_owned()));
            let expected = expected.map(|(meta, body)| (meta.to_owned(), body.to_owned()));
            assert_eq!(taken, expected, "{answer}");
        }
    }

    #[test]
    fn preludes_are_found_wherever_the_stream_is_cut() {
        let stream = b"{\"statusCode\":201,\"headers\":{\"a\":\"b\"},\"cookies\":[\"c=1\"]}\0\0\0\0\0\0\0\0body\0";
        let whole = stream.len() - 5;
        for end in 0..stream.len() {
            let taken = prelude(&stream[..end]).expect("well formed");
            if end < whole {
                assert_eq!(taken, None, "{end}");
            } else {
                let (meta, body) = taken.expect("it is whole");
                assert_eq!(shown(&meta), "201 a=b Set-Cookie=c=1");
                assert_eq!(body, stream[whole..end]);
            }
        }
        let (meta, body) = prelude(b"{}\0\0\0\0\0\0\0\0").expect("well formed").expect("whole");
        assert_eq!((shown(&meta).as_str(), body.len()), ("200", 0));
        assert_eq!(prelude(b"no json\0\0\0\0\0\0\0\0"), Err(FUNCTION_FAILED));
        assert_eq!(prelude(&vec![b' '; PRELUDE_LIMIT]), Ok(None));
        assert_eq!(prelude(&vec![b' '; PRELUDE_LIMIT + 1]), Err(FUNCTION_FAILED));
    }
}
