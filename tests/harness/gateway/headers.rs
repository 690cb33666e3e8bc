//! What becomes of headers: the table of "Amazon API Gateway important notes for REST APIs", its columns for Lambda.

use super::SignedAuthorization;

/// Never reach a function.
const DROPPED_FROM_REQUESTS: [&str; 11] = [
    "connection",
    "content-md5",
    "expect",
    "max-forwards",
    "proxy-authenticate",
    "server",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "www-authenticate",
];

/// Never reach a client.
const DROPPED_FROM_ANSWERS: [&str; 8] = [
    "expect",
    "host",
    "proxy-authenticate",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

/// Reach a client as `x-amzn-Remapped-…`.
const REMAPPED_IN_ANSWERS: [&str; 9] = [
    "authorization",
    "connection",
    "content-md5",
    "date",
    "max-forwards",
    "server",
    "user-agent",
    "www-authenticate",
    // Not in the table, but seen in answers: the gateway sends an id of its own under this name.
    "x-amzn-requestid",
];

/// The headers of a request that a function gets.
pub(super) fn to_function(headers: &[(String, String)], signed: SignedAuthorization) -> Vec<(String, String)> {
    let passes = |(name, value): &&(String, String)| {
        let name = name.to_ascii_lowercase();
        let dropped = name == "authorization"
            && signed == SignedAuthorization::Dropped
            && value.trim_start().starts_with("AWS4-HMAC-SHA256");
        !dropped && !DROPPED_FROM_REQUESTS.contains(&name.as_str())
    };
    headers.iter().filter(passes).cloned().collect()
}

/// The headers of a function's answer that a client gets.
pub(super) fn to_client(headers: Vec<(String, String)>) -> Vec<(String, String)> {
    let mut passed = Vec::new();
    for (name, value) in headers {
        let lower = name.to_ascii_lowercase();
        if REMAPPED_IN_ANSWERS.contains(&lower.as_str()) {
            passed.push((format!("x-amzn-Remapped-{name}"), value));
        } else if !DROPPED_FROM_ANSWERS.contains(&lower.as_str()) {
            passed.push((name, value));
        }
    }
    passed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(headers: &[(String, String)]) -> String {
        let lines = headers.iter().map(|(name, value)| format!("{name}: {value}"));
        lines.collect::<Vec<_>>().join(", ")
    }

    fn one(name: &str, value: &str) -> Vec<(String, String)> {
        vec![(name.to_owned(), value.to_owned())]
    }

    #[test]
    fn functions_get_no_headers_of_a_hop_and_no_signatures() {
        let rows = [
            ("Expect", "100-continue", ""),
            ("Transfer-Encoding", "chunked", ""),
            ("Connection", "keep-alive", ""),
            ("Content-MD5", "x", ""),
            ("Authorization", "Basic YTpi", "Authorization: Basic YTpi"),
            ("Authorization", "AWS4-HMAC-SHA256 Credential=A", ""),
            ("Git-Protocol", "version=2", "Git-Protocol: version=2"),
            ("Content-Encoding", "gzip", "Content-Encoding: gzip"),
            ("Via", "1.1 x", "Via: 1.1 x"),
        ];
        for (name, value, expected) in rows {
            let passed = to_function(&one(name, value), SignedAuthorization::Dropped);
            assert_eq!(shown(&passed), expected, "{name}: {value}");
        }
        let signed = one("authorization", "AWS4-HMAC-SHA256 Credential=A");
        assert_eq!(to_function(&signed, SignedAuthorization::PassedOn), signed);
    }

    #[test]
    fn clients_get_some_headers_under_other_names() {
        let rows = [
            ("WWW-Authenticate", "Basic", "x-amzn-Remapped-WWW-Authenticate: Basic"),
            ("date", "x", "x-amzn-Remapped-date: x"),
            ("Server", "x", "x-amzn-Remapped-Server: x"),
            ("Transfer-Encoding", "chunked", ""),
            ("Cache-Control", "no-cache", "Cache-Control: no-cache"),
            ("Content-Type", "text/plain", "Content-Type: text/plain"),
        ];
        for (name, value, expected) in rows {
            assert_eq!(shown(&to_client(one(name, value))), expected);
        }
    }
}
