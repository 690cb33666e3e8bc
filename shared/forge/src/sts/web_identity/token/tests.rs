use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha2::Sha256;

use super::super::testing::{ISSUER, claims, encode, good, good_ed, keys, now, signed, token};
use super::*;

fn published() -> Vec<Jwk> {
    let keys = keys();
    let keys = keys["keys"].as_array().unwrap().iter();
    keys.map(|key| serde_json::from_value(key.clone()).unwrap()).collect()
}

fn verify(text: &str) -> Result<Claims> {
    Token::parse(text)?.verify(&published())
}

#[track_caller]
fn refused(text: &str, why: &str) {
    let error = verify(text).expect_err(why);
    assert!(error.to_string().contains(why), "{error}");
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

#[test]
fn tokens_of_the_issuers_keys_are_good() {
    for text in [
        good(&claims()),
        good_ed(&claims()),
        token(&json!({ "alg": "RS256" }), &claims()),
        good(&with("exp", json!(now() - 30))),
        good(&with("nbf", json!(now() + 30))),
        good(&with("iat", json!(now() + 30))),
        good(&without("iat")),
    ] {
        let claims = verify(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(claims.subject(), "repo:org/app:ref:refs/heads/main");
    }
    assert_eq!(Token::parse(&good(&claims())).unwrap().issuer(), ISSUER);
}

#[test]
fn times_count() {
    let expired = verify(&good(&with("exp", json!(now() - 61)))).unwrap_err();
    assert!(matches!(expired, Error::ExpiredToken(_)), "{expired}");
    refused(&good(&with("nbf", json!(now() + 120))), "not valid yet");
    refused(&good(&with("iat", json!(now() + 120))), "in the future");
    refused(&good(&with("iat", json!("yesterday"))), "in the future");
}

#[test]
fn a_token_says_who_it_is_about_and_until_when() {
    for claim in ["exp", "iss", "aud", "sub"] {
        refused(&good(&without(claim)), &format!("Missing a required claim: {claim}"));
    }
    refused(&good(&with("sub", json!(""))), "Missing a required claim: sub");
    refused(
        &good(&with("iss", json!(["a", ISSUER]))),
        "Missing a required claim: iss",
    );
    refused(&good(&with("exp", json!("never"))), "");
}

#[test]
fn forged_tokens_are_refused() {
    let unverified = "Couldn't verify the token's signature";
    let none = |_: &[u8]| Vec::new();
    refused(&signed(&json!({ "alg": "none" }), &claims(), none), "not a valid JWT");
    refused(
        &signed(&json!({ "alg": "RS256", "kid": "rsa" }), &claims(), none),
        unverified,
    );
    // The public key, which everybody knows, taken for a shared secret.
    let key = keys()["keys"][0]["n"].as_str().unwrap().to_owned();
    let hmac = |text: &[u8]| {
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
        mac.update(text);
        mac.finalize().into_bytes().to_vec()
    };
    refused(
        &signed(&json!({ "alg": "HS256", "kid": "rsa" }), &claims(), hmac),
        "algorithm",
    );
    refused(
        &signed(&json!({ "alg": "RS256", "kid": "rsa" }), &claims(), hmac),
        unverified,
    );
    // A right signature under the name of another key or algorithm.
    for header in [
        json!({ "alg": "RS256", "kid": "ed" }),
        json!({ "alg": "RS256", "kid": "other" }),
        json!({ "alg": "EdDSA", "kid": "rsa" }),
        json!({ "alg": "ES256", "kid": "rsa" }),
        json!({ "alg": "RS512", "kid": "rsa" }),
        json!({ "alg": "PS256", "kid": "rsa" }),
    ] {
        refused(&token(&header, &claims()), unverified);
    }
    // A key that comes with the token proves nothing.
    let own = json!({ "alg": "EdDSA", "jwk": keys()["keys"][1], "kid": "rsa" });
    let text = signed(&own, &claims(), |_| vec![0; 64]);
    refused(&text, unverified);
    refused(
        &token(&json!({ "alg": "RS256", "kid": "rsa", "crit": ["exp"] }), &claims()),
        "critical",
    );
    // Claims under a signature of others.
    let text = good(&claims());
    let (start, signature) = text.rsplit_once('.').unwrap();
    let (header, _) = start.split_once('.').unwrap();
    let other = encode(with("sub", json!("admin")).to_string());
    refused(&format!("{header}.{other}.{signature}"), unverified);
    refused(&format!("{start}.{}", &signature[4..]), unverified);
    refused(&format!("{start}."), unverified);
}

#[test]
fn other_texts_are_no_tokens() {
    for text in [
        "",
        ".",
        "..",
        "a.b.c",
        "{}.{}.",
        &encode("{}"),
        &format!("{}.x", good(&claims())),
    ] {
        refused(text, "not a valid JWT");
    }
    refused(&"a".repeat(20_001), "longer than 20000");
}

#[test]
fn the_party_that_a_token_was_issued_to_counts_before_its_audience() {
    let accepted = ["packhouse".to_owned(), "other".to_owned()];
    for (audience, party, expect) in [
        (json!("packhouse"), Value::Null, Some("packhouse")),
        (json!(["x", "other"]), Value::Null, Some("other")),
        (json!("x"), Value::Null, None),
        (json!([]), Value::Null, None),
        (json!(["packhouse "]), Value::Null, None),
        (json!({ "packhouse": 1 }), Value::Null, None),
        (json!("x"), json!("packhouse"), Some("packhouse")),
        (json!("packhouse"), json!("x"), None),
    ] {
        let mut claims = with("aud", audience.clone());
        if !party.is_null() {
            claims["azp"] = party.clone();
        }
        let claims = Claims(claims.as_object().unwrap().clone());
        assert_eq!(claims.audience(&accepted).ok(), expect, "{audience} {party}");
        assert!(claims.audience(&[]).is_err());
    }
}

#[test]
fn claims_become_condition_keys() {
    let mut claims = claims();
    for (name, value) in [
        ("aud", json!(["a", "b"])),
        ("azp", json!("client")),
        ("email_verified", json!(true)),
        ("level", json!(7)),
        ("groups", json!(["x", "y", 3])),
        ("none", json!([])),
        ("deep", json!({ "er": 1 })),
        ("Sub", json!("admin")),
        ("AUD", json!("admin")),
        ("oAud", json!("admin")),
    ] {
        claims[name] = value;
    }
    let claims = Claims(claims.as_object().unwrap().clone());
    let mut keys = claims.as_condition_keys("client");
    keys.retain(|(name, _)| !["exp", "iat"].contains(name));
    keys.sort();
    let expect = [
        ("aud", vec!["client"]),
        ("azp", vec!["client"]),
        ("email_verified", vec!["true"]),
        ("groups", vec!["x", "y"]),
        ("iss", vec![ISSUER]),
        ("level", vec!["7"]),
        ("oaud", vec!["a", "b"]),
        ("sub", vec!["repo:org/app:ref:refs/heads/main"]),
    ];
    assert_eq!(
        keys,
        expect.map(|(name, values)| (name, values.into_iter().map(str::to_owned).collect()))
    );
}

proptest::proptest! {
    #[test]
    fn no_text_panics(header in "[ -~]{0,60}", claims in "[ -~]{0,60}", rest in "[A-Za-z0-9_.-]{0,60}") {
        verify(&format!("{}.{}.{rest}", encode(&header), encode(&claims))).ok();
        verify(&rest).ok();
    }
}
