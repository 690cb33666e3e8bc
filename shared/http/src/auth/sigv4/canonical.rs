//! The canonical form of a request, of which the signature is made.

use axum::http::HeaderMap;

use super::Claim;

/// What of a request is signed, as it stands on the wire.
#[derive(Clone, Copy, Debug)]
pub struct Signable<'a> {
    /// The method.
    pub method: &'a str,
    /// The path, percent-encoded as it was sent.
    pub path: &'a str,
    /// The query without its `?`, as it was sent.
    pub query: &'a str,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// What HTTP/2 carries instead of a `Host` header.
    pub authority: Option<&'a str>,
}

/// The canonical request; `None` when a header that the claim signs is not there.
pub(super) fn request(claim: &Claim, request: &Signable<'_>, payload: &str) -> Option<Vec<u8>> {
    let mut canonical = Vec::with_capacity(512);
    canonical.extend_from_slice(request.method.as_bytes());
    canonical.push(b'\n');
    path(request.path, &mut canonical);
    canonical.push(b'\n');
    query(request.query, claim.presigned, &mut canonical);
    canonical.push(b'\n');
    for name in &claim.signed_headers {
        header(request, name, &mut canonical)?;
    }
    canonical.push(b'\n');
    canonical.extend_from_slice(claim.signed_headers.join(";").as_bytes());
    canonical.push(b'\n');
    canonical.extend_from_slice(payload.as_bytes());
    Some(canonical)
}

/// The path without empty and dot segments, encoded once more than it was sent (as for all services but S3).
fn path(path: &str, out: &mut Vec<u8>) {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            _ => segments.push(segment),
        }
    }
    for segment in &segments {
        out.push(b'/');
        encode(segment.as_bytes(), out);
    }
    let directory = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
    if segments.is_empty() || directory {
        out.push(b'/');
    }
}

/// The query's pairs in the order of their encoded forms, without the signature of a presigned one.
fn query(query: &str, presigned: bool, out: &mut Vec<u8>) {
    let mut pairs: Vec<(Vec<u8>, Vec<u8>)> = decoded_pairs(query)
        .into_iter()
        .filter(|(key, _)| !(presigned && key == b"X-Amz-Signature"))
        .map(|(key, value)| {
            let (mut encoded_key, mut encoded_value) = (Vec::new(), Vec::new());
            encode(&key, &mut encoded_key);
            encode(&value, &mut encoded_value);
            (encoded_key, encoded_value)
        })
        .collect();
    pairs.sort_unstable();
    for (at, (key, value)) in pairs.iter().enumerate() {
        if at > 0 {
            out.push(b'&');
        }
        out.extend_from_slice(key);
        out.push(b'=');
        out.extend_from_slice(value);
    }
}

/// Keys and values of a query, percent-decoded. A plus sign stays one: no AWS client sends it for a space.
pub(super) fn decoded_pairs(query: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
    let decode = |text: &str| percent_encoding::percent_decode_str(text).collect();
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (decode(key), decode(value)))
        .collect()
}

/// `name:value\n`, values trimmed, runs of spaces collapsed, several values joined by commas.
fn header(request: &Signable<'_>, name: &str, out: &mut Vec<u8>) -> Option<()> {
    out.extend_from_slice(name.as_bytes());
    out.push(b':');
    let mut values = request
        .headers
        .get_all(name)
        .iter()
        .map(axum::http::HeaderValue::as_bytes)
        .peekable();
    if values.peek().is_none() {
        let authority = request.authority.filter(|_| name == "host")?;
        out.extend_from_slice(authority.as_bytes());
    }
    let mut first = true;
    for value in values {
        if !first {
            out.push(b',');
        }
        first = false;
        let words = value
            .split(|byte| matches!(byte, b' ' | b'\t'))
            .filter(|word| !word.is_empty());
        for (at, word) in words.enumerate() {
            if at > 0 {
                out.push(b' ');
            }
            out.extend_from_slice(word);
        }
    }
    out.push(b'\n');
    Some(())
}

/// Percent-encodes all but RFC 3986's unreserved characters.
fn encode(bytes: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(byte);
        } else {
            out.extend_from_slice(&[b'%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        }
    }
}
