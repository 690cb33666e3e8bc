//! The password that AWS's clients of Git make of an access key.

use std::time::{Duration, UNIX_EPOCH};

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use packhouse_forge::{hex, iso8601};
use sha2::{Digest as _, Sha256};

use crate::AccessKey;

const SERVICE: &str = "codecommit";

/// The password for the repository at `path` (with its first slash) of `host`, good for some minutes from `now` on (seconds
/// since the Unix epoch): a time and a signature, as `aws codecommit credential-helper` makes them. The port of `host` is
/// left out.
#[must_use]
pub fn git_password(key: &AccessKey, region: &str, host: &str, path: &str, now: u64) -> String {
    let time: String = iso8601::format(now)
        .chars()
        .filter(|letter| !"-:Z".contains(*letter))
        .collect();
    let date = &time[..8];
    // The hash of the body is empty.
    let canonical = format!("GIT\n{path}\n\nhost:{}\n\nhost\n", without_port(host));
    let hash = hex::encode(&Sha256::digest(canonical));
    let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{date}/{region}/{SERVICE}/aws4_request\n{hash}");
    let at = UNIX_EPOCH + Duration::from_secs(now);
    let signing_key = generate_signing_key(&key.secret, at, region, SERVICE);
    format!("{time}Z{}", calculate_signature(signing_key, to_sign.as_bytes()))
}

/// The colons of an IPv6 address stand inside of brackets.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((bare, port)) if !port.contains(']') => bare,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_those_of_the_aws_cli() {
        let key = AccessKey {
            id: "AKIDEXAMPLE".into(),
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
            token: None,
            expires: None,
        };
        let rows = [
            (
                "git-codecommit.us-east-1.amazonaws.com",
                "20260102T030405Z689f46fba589ac048607b7e883cbfafde1537303e119b66a47c6943165b49073",
            ),
            (
                "localhost:8443",
                "20260102T030405Z775682d330b3d6693163ace7cdd56f80db3e27483a730e63cd739b234634c86f",
            ),
        ];
        for (host, expect) in rows {
            let password = git_password(&key, "us-east-1", host, "/v1/repos/MyDemoRepo", 1_767_323_045);
            assert_eq!(password, expect, "{host}");
        }
    }

    #[test]
    fn ports_are_left_out() {
        for (host, expect) in [
            ("a.b", "a.b"),
            ("a.b:1", "a.b"),
            ("[::1]:80", "[::1]"),
            ("[::1]", "[::1]"),
            ("127.0.0.1:80", "127.0.0.1"),
        ] {
            assert_eq!(without_port(host), expect);
        }
    }
}
