//! Presigned requests for STS's `GetCallerIdentity`: what of them is sent on.

use packhouse_storage::clock;
use percent_encoding::percent_decode_str;
use time::PrimitiveDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// The header that names whom the request was signed for.
pub(crate) const AUDIENCE: &str = "x-packhouse-server-id";
/// The longest URL that is looked at: session tokens are in it.
const MAX: usize = 16 << 10;
/// For how long a request may be good, in seconds, and how far clocks may differ.
const LONGEST: i64 = 15 * 60;
const SKEW: i64 = 5 * 60;
const TIME: &[BorrowedFormatItem<'_>] = format_description!("[year][month][day]T[hour][minute][second]Z");
/// All that the query may hold, each at most once, and what of it must have one value.
const PARAMETERS: [(&str, Option<&str>); 9] = [
    ("Action", Some("GetCallerIdentity")),
    ("Version", Some("2011-06-15")),
    ("X-Amz-Algorithm", Some("AWS4-HMAC-SHA256")),
    ("X-Amz-Credential", None),
    ("X-Amz-Date", None),
    ("X-Amz-Expires", None),
    ("X-Amz-SignedHeaders", None),
    ("X-Amz-Signature", None),
    (TOKEN, None),
];
/// The only one that need not be there.
const TOKEN: &str = "X-Amz-Security-Token";

/// Where requests may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Endpoints {
    /// To AWS.
    Aws,
    /// To AWS, and to this origin, such as `http://127.0.0.1:4566`.
    AwsAnd(String),
}

/// Whether a request may be sent on: it goes to STS, asks who its sender is and nothing else, was signed for one server, and is
/// good now and for minutes only.
///
/// # Errors
/// Why not, in words for the caller.
pub(crate) fn check(url: &str, endpoints: &Endpoints) -> Result<(), String> {
    if url.len() > MAX || !url.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("Url is not a URL".to_owned());
    }
    let (origin, query) = url
        .split_once("/?")
        .ok_or("Url is not a presigned GetCallerIdentity request")?;
    if !endpoints.allow(origin) {
        return Err("Url does not lead to AWS STS".to_owned());
    }
    let mut values: [Option<String>; PARAMETERS.len()] = Default::default();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').ok_or("Url has a parameter without a value")?;
        let at = PARAMETERS.iter().position(|(known, _)| *known == name);
        let at = at.ok_or("Url has a parameter that a presigned GetCallerIdentity request does not have")?;
        let value = percent_decode_str(value)
            .decode_utf8()
            .map_err(|_| "Url is not UTF-8")?;
        if PARAMETERS[at].1.is_some_and(|expected| expected != value) {
            return Err(format!(
                "Url is not a presigned GetCallerIdentity request: {name} is another"
            ));
        }
        if values[at].replace(value.into_owned()).is_some() {
            return Err(format!("Url has the parameter {name} twice"));
        }
    }
    let missing = PARAMETERS
        .iter()
        .zip(&values)
        .find(|((name, _), value)| *name != TOKEN && value.is_none());
    if let Some(((name, _), _)) = missing {
        return Err(format!("Url lacks the parameter {name}"));
    }
    let [_, _, _, _, date, expires, signed_headers, ..] = &values;
    let signed = signed_headers.as_deref().unwrap_or_default();
    if !signed.split(';').any(|name| name == AUDIENCE) {
        return Err(format!("The header {AUDIENCE} must be signed"));
    }
    in_time(
        date.as_deref().unwrap_or_default(),
        expires.as_deref().unwrap_or_default(),
    )
}

fn in_time(date: &str, expires: &str) -> Result<(), String> {
    let date = PrimitiveDateTime::parse(date, TIME).map_err(|_| "X-Amz-Date is not a time")?;
    let date = date.assume_utc().unix_timestamp();
    let expires: i64 = expires.parse().map_err(|_| "X-Amz-Expires is not a number")?;
    if !(1..=LONGEST).contains(&expires) {
        return Err(format!("X-Amz-Expires must be at most {LONGEST} seconds"));
    }
    let now = i64::try_from(clock::now_secs()).unwrap_or(i64::MAX);
    if date.saturating_add(expires) < now {
        return Err("The request has expired".to_owned());
    }
    if date > now.saturating_add(SKEW) {
        return Err("The request is not valid yet".to_owned());
    }
    Ok(())
}

impl Endpoints {
    fn allow(&self, origin: &str) -> bool {
        match self {
            Self::AwsAnd(other) if other == origin => true,
            Self::Aws | Self::AwsAnd(_) => is_aws(origin),
        }
    }
}

/// `https://sts.amazonaws.com`, or that of a region, also in China.
fn is_aws(origin: &str) -> bool {
    let Some(host) = origin.strip_prefix("https://sts.") else {
        return false;
    };
    let region = host
        .strip_suffix("amazonaws.com.cn")
        .or_else(|| host.strip_suffix("amazonaws.com"));
    match region {
        Some("") => !host.ends_with(".cn"),
        Some(region) => region.strip_suffix('.').is_some_and(|region| {
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            !region.is_empty() && region.len() <= 32 && region.bytes().all(plain)
        }),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;

    fn url_at(seconds_ago: i64, expires: &str) -> String {
        let now = i64::try_from(clock::now_secs()).unwrap();
        let at = OffsetDateTime::from_unix_timestamp(now - seconds_ago).unwrap();
        let date = at.format(TIME).unwrap();
        format!(
            "https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15\
             &X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA1%2F20260102%2Feu-west-1%2Fsts%2Faws4_request\
             &X-Amz-Date={date}&X-Amz-Expires={expires}&X-Amz-SignedHeaders=host%3Bx-packhouse-server-id\
             &X-Amz-Security-Token=a%2Bb&X-Amz-Signature=00"
        )
    }

    #[test]
    fn only_a_fresh_request_for_the_senders_identity_is_sent_on() {
        let good = url_at(0, "60");
        let check = |url: &str| check(url, &Endpoints::Aws);
        assert_eq!(check(&good), Ok(()));
        assert_eq!(check(&good.replace("&X-Amz-Security-Token=a%2Bb", "")), Ok(()));
        assert_eq!(check(&url_at(-200, "60")), Ok(()), "clocks differ");
        for (url, why) in [
            (String::new(), "not a presigned"),
            (good.replace("https://", "http://"), "does not lead to AWS"),
            (good.replace("/?", "/evil?"), "not a presigned"),
            (good.replace("GetCallerIdentity", "AssumeRole"), "Action is another"),
            (good.replace("2011-06-15", "2010-05-08"), "Version is another"),
            (good.replace("HMAC", "ECDSA"), "X-Amz-Algorithm is another"),
            (format!("{good}&Action=GetCallerIdentity"), "Action twice"),
            (format!("{good}&RoleArn=x"), "does not have"),
            (format!("{good}&x"), "without a value"),
            (good.replace("X-Amz-Date", "x-amz-date"), "does not have"),
            (
                good.replace("&X-Amz-Signature=00", ""),
                "lacks the parameter X-Amz-Signature",
            ),
            (good.replace("%3Bx-packhouse-server-id", ""), "must be signed"),
            (
                good.replace("x-packhouse-server-id", "x-packhouse-server-id2"),
                "must be signed",
            ),
            (good.replace("2B", "ff"), "not UTF-8"),
            (format!("{good}\r\nx: y"), "not a URL"),
            (format!("{good}{}", "a".repeat(MAX)), "not a URL"),
            (url_at(61, "60"), "has expired"),
            (url_at(1000, "604800"), "at most 900"),
            (url_at(0, "0"), "at most 900"),
            (url_at(0, "x"), "not a number"),
            (url_at(-400, "60"), "not valid yet"),
            (good.replace("T", "t"), ""),
        ] {
            let told = check(&url).expect_err(&url);
            assert!(told.contains(why), "{url}: {told}");
        }
    }

    #[test]
    fn requests_go_to_aws_alone_or_to_one_place_more() {
        let other = Endpoints::AwsAnd("http://127.0.0.1:4566".to_owned());
        for (origin, aws, either) in [
            ("https://sts.amazonaws.com", true, true),
            ("https://sts.eu-west-1.amazonaws.com", true, true),
            ("https://sts.cn-north-1.amazonaws.com.cn", true, true),
            ("https://sts.amazonaws.com.cn", false, false),
            ("http://127.0.0.1:4566", false, true),
            ("http://127.0.0.1:45660", false, false),
            ("http://127.0.0.1:4566@evil.example", false, false),
            ("http://sts.amazonaws.com", false, false),
            ("https://sts.amazonaws.com.evil.example", false, false),
            ("https://sts.evil.example/.amazonaws.com", false, false),
            ("https://sts.evil.example#.amazonaws.com", false, false),
            ("https://sts.a.b.amazonaws.com", false, false),
            ("https://sts..amazonaws.com", false, false),
            ("https://user@sts.amazonaws.com", false, false),
            ("https://sts.amazonaws.com:444", false, false),
            ("https://s3.amazonaws.com", false, false),
            ("https://STS.amazonaws.com", false, false),
            ("", false, false),
        ] {
            assert_eq!(Endpoints::Aws.allow(origin), aws, "{origin}");
            assert_eq!(other.allow(origin), either, "{origin}");
        }
    }
}
