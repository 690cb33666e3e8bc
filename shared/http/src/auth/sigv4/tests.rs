//! Against AWS's vectors, and against changed requests.

mod vectors;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use packhouse_forge::hex;

use self::vectors::VECTORS;
use super::*;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const TIME: u64 = 1_440_938_160;
const SCOPE: Scope<'_> = Scope {
    region: "us-east-1",
    service: "service",
};

fn headers(further: &[(&str, &str)]) -> HeaderMap {
    let fixed = [("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")];
    let pair = |(name, value): &(&str, &str)| {
        (
            HeaderName::from_bytes(name.as_bytes()).unwrap(),
            HeaderValue::from_str(value).unwrap(),
        )
    };
    let mut headers = HeaderMap::new();
    for (name, value) in fixed.iter().chain(further).map(pair) {
        headers.append(name, value);
    }
    headers
}

fn authorize(headers: &mut HeaderMap, signed: &str, signature: &str) {
    let value = format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders={signed}, \
         Signature={signature}"
    );
    headers.insert("authorization", HeaderValue::from_str(&value).unwrap());
}

fn check(headers: &HeaderMap, method: &str, target: &str, body: &[u8], now: u64) -> Result<(), Refused> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let claim = Claim::parse(headers, query)?;
    check_scope(&claim, SCOPE, now)?;
    verify(
        &claim,
        &Signable {
            method,
            path,
            query,
            headers,
            authority: None,
        },
        body,
        SECRET,
    )
}

#[test]
fn awss_own_vectors_verify_and_nothing_near_them() {
    for &(name, method, target, further, body, signed, signature) in VECTORS {
        let mut signed_request = headers(further);
        authorize(&mut signed_request, signed, signature);
        assert_eq!(
            check(&signed_request, method, target, body.as_bytes(), TIME),
            Ok(()),
            "{name}"
        );
        let refused = Err(Refused::Mismatch);
        assert_eq!(
            check(&signed_request, "PUT", target, body.as_bytes(), TIME),
            refused,
            "{name}: method"
        );
        assert_eq!(
            check(&signed_request, method, "/other", body.as_bytes(), TIME),
            refused,
            "{name}: path"
        );
        assert_eq!(
            check(&signed_request, method, target, b"other", TIME),
            refused,
            "{name}: body"
        );
        signed_request.insert("host", HeaderValue::from_static("other.example.com"));
        assert_eq!(
            check(&signed_request, method, target, body.as_bytes(), TIME),
            refused,
            "{name}: host"
        );
    }
}

#[test]
fn a_signature_holds_for_five_minutes_either_way() {
    let (_, method, target, _, _, signed, signature) = VECTORS.iter().find(|row| row.0 == "get-vanilla").unwrap();
    let mut request = headers(&[]);
    authorize(&mut request, signed, signature);
    for now in [TIME - 300, TIME, TIME + 300] {
        assert_eq!(check(&request, method, target, b"", now), Ok(()), "{now}");
    }
    for (now, text) in [
        (TIME - 301, "Signature not yet current"),
        (TIME + 301, "Signature expired"),
    ] {
        let Err(Refused::OutOfScope(why)) = check(&request, method, target, b"", now) else {
            panic!("{now}")
        };
        assert!(why.starts_with(text), "{why}");
    }
}

#[test]
fn what_a_signature_lacks_is_told() {
    let vanilla = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
    let fields = |text: String| {
        let mut request = headers(&[]);
        request.insert("authorization", HeaderValue::from_str(&text).unwrap());
        check(&request, "GET", "/", b"", TIME)
    };
    let scoped = |scope: &str, signed: &str, signature: &str| {
        fields(format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope}, SignedHeaders={signed}, Signature={signature}"
        ))
    };
    let good = "20150830/us-east-1/service/aws4_request";
    assert_eq!(scoped(good, "host;x-amz-date", vanilla), Ok(()));
    let incomplete = |result: Result<(), Refused>| matches!(result, Err(Refused::Incomplete(_)));
    let elsewhere = |result: Result<(), Refused>| matches!(result, Err(Refused::OutOfScope(_)));
    assert!(incomplete(scoped(
        "20150830/us-east-1/service",
        "host;x-amz-date",
        vanilla
    )));
    assert!(incomplete(scoped(
        "20150830/us-east-1/service/aws5_request",
        "host;x-amz-date",
        vanilla
    )));
    assert!(incomplete(scoped(good, "x-amz-date", vanilla)));
    assert!(incomplete(scoped(good, "host", vanilla)));
    assert!(incomplete(scoped(good, "x-amz-date;host", vanilla)));
    assert!(incomplete(scoped(good, "host;host;x-amz-date", vanilla)));
    assert!(incomplete(scoped(good, "host;x-amz-date", &vanilla[1..])));
    assert!(incomplete(fields("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE".into())));
    assert!(elsewhere(scoped(
        "20150831/us-east-1/service/aws4_request",
        "host;x-amz-date",
        vanilla
    )));
    assert!(elsewhere(scoped(
        "20150830/eu-west-1/service/aws4_request",
        "host;x-amz-date",
        vanilla
    )));
    assert!(elsewhere(scoped(
        "20150830/us-east-1/s3/aws4_request",
        "host;x-amz-date",
        vanilla
    )));
    assert_eq!(
        scoped(good, "host;my-header1;x-amz-date", vanilla),
        Err(Refused::Mismatch)
    );
    assert_eq!(fields("Basic YTpi".into()), Err(Refused::Missing));
    assert_eq!(check(&headers(&[]), "GET", "/", b"", TIME), Err(Refused::Missing));
}

#[test]
fn an_operation_must_be_signed() {
    let target = [("x-amz-target", "CodeCommit_20150413.DeleteRepository")];
    let mut request = headers(&target);
    authorize(
        &mut request,
        "host;x-amz-date",
        "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
    );
    assert!(matches!(
        check(&request, "POST", "/", b"", TIME),
        Err(Refused::Incomplete(_))
    ));
}

/// Signs with our own [`authorization`], which the vectors prove through [`verify`].
fn own(further: &[(&str, &str)], body: &[u8]) -> HeaderMap {
    let mut request = headers(further);
    let signable = Signable {
        method: "POST",
        path: "/",
        query: "",
        headers: &request,
        authority: None,
    };
    let value = authorization(&signable, body, SCOPE, "AKIDEXAMPLE", SECRET, TIME).unwrap();
    request.insert("authorization", HeaderValue::from_str(&value).unwrap());
    request
}

#[test]
fn own_signatures_verify_with_a_stated_hash_that_is_right() {
    let hash = hex::encode(&Sha256::digest(b"body"));
    assert_eq!(check(&own(&[], b"body"), "POST", "/", b"body", TIME), Ok(()));
    assert_eq!(
        check(
            &own(&[("x-amz-content-sha256", &hash)], b"body"),
            "POST",
            "/",
            b"body",
            TIME
        ),
        Ok(())
    );
    let wrong = own(&[("x-amz-content-sha256", &hash)], b"other");
    assert_eq!(check(&wrong, "POST", "/", b"other", TIME), Err(Refused::Mismatch));
}

#[test]
fn no_body_goes_unsigned() {
    let unsigned = own(&[("x-amz-content-sha256", "UNSIGNED-PAYLOAD")], b"");
    assert_eq!(check(&unsigned, "POST", "/", b"", TIME), Err(Refused::Mismatch));
    let request = headers(&[("x-amz-content-sha256", "UNSIGNED-PAYLOAD")]);
    let signed = ["host", "x-amz-content-sha256", "x-amz-date"];
    let mut claim = Claim::parse(&own(&[], b""), "").unwrap();
    claim.signed_headers = signed.map(str::to_owned).to_vec();
    let signable = Signable {
        method: "POST",
        path: "/",
        query: "",
        headers: &request,
        authority: None,
    };
    let signature = sign(&claim, &signable, "UNSIGNED-PAYLOAD", SECRET).unwrap();
    let mut request = request.clone();
    authorize(&mut request, &signed.join(";"), &hex::encode(&signature));
    assert_eq!(check(&request, "POST", "/", b"any body", TIME), Err(Refused::Mismatch));
}

#[test]
fn a_presigned_request_holds_until_it_expires() {
    // Made by botocore's SigV4QueryAuth with the suite's key, at the suite's time.
    let query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fservice%2Faws4_request\
         &X-Amz-Date=20150830T123600Z&X-Amz-Expires=600&X-Amz-SignedHeaders=host&X-Amz-Signature=";
    let mut request = HeaderMap::new();
    request.insert("host", HeaderValue::from_static("example.amazonaws.com"));
    let with = |signature: &str| format!("/?{query}{signature}");
    let right = with(PRESIGNED);
    assert_eq!(check(&request, "GET", &right, b"", TIME + 600), Ok(()));
    assert!(matches!(
        check(&request, "GET", &right, b"", TIME + 601),
        Err(Refused::OutOfScope(_))
    ));
    assert_eq!(
        check(&request, "GET", &with(&PRESIGNED.replace('1', "2")), b"", TIME),
        Err(Refused::Mismatch)
    );
    let longer = right.replace("Expires=600", "Expires=6000");
    assert_eq!(check(&request, "GET", &longer, b"", TIME), Err(Refused::Mismatch));
    let too_long = right.replace("Expires=600", "Expires=604801");
    assert!(matches!(
        check(&request, "GET", &too_long, b"", TIME),
        Err(Refused::Incomplete(_))
    ));
}

const PRESIGNED: &str = "3800303ef9be3158cea25f1a2df086e8180971f4b0f8ff5090113bf578c409f7";

proptest::proptest! {
    #[test]
    fn any_request_that_was_signed_verifies(
        path in "(/[ -~]{0,12}){1,4}",
        query in "([!-~]{0,8}=?[!-~]{0,8}&?){0,4}",
        value in "[ -~]{0,20}",
        body in proptest::collection::vec(0u8.., 0..64),
    ) {
        let path = path.replace('?', "");
        let mut request = headers(&[("x-more", &value)]);
        let signable = Signable { method: "POST", path: &path, query: &query, headers: &request, authority: None };
        let signed = authorization(&signable, &body, SCOPE, "AKIDEXAMPLE", SECRET, TIME).unwrap();
        request.insert("authorization", HeaderValue::from_str(&signed).unwrap());
        let target = format!("{path}?{query}");
        proptest::prop_assert_eq!(check(&request, "POST", &target, &body, TIME), Ok(()));
    }

    #[test]
    fn no_header_and_no_query_is_too_much(header in "(AWS4-HMAC-SHA256 )?[ -~]{0,80}", query in "(X-Amz-[A-Z][a-z]{3,12}=[ -~]{0,9}&?){0,6}") {
        let mut request = headers(&[]);
        drop(check(&request, "GET", &format!("/?X-Amz-Algorithm=AWS4-HMAC-SHA256&{query}"), b"", TIME));
        request.insert("authorization", HeaderValue::from_str(&header).unwrap());
        proptest::prop_assert!(check(&request, "GET", "/", b"", TIME).is_err());
    }
}
