//! `AssumeRoleWithWebIdentity`, with an issuer of our own.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use packhouse_harness::oidc_issuer::OidcIssuer;
use packhouse_harness::{Boto3, Server, ServiceError};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{make_role, refused, service, with_keys};
use crate::server::Certificate;

pub(super) const SUBJECT: &str = "repo:org/app:ref:refs/heads/main";

/// A server that knows an issuer, and a role that trusts tokens of the issuer for `SUBJECT`.
pub(super) struct Office {
    issuer: OidcIssuer,
    pub(super) server: Server,
    sts: Boto3,
    iam: Boto3,
    pub(super) role: String,
    /// Whoever asks the issuer reads it from its file.
    _certificate: Certificate,
}

fn now() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "tokens are made for this moment")]
    let now = SystemTime::now();
    now.duration_since(UNIX_EPOCH).expect("it is later").as_secs()
}

impl Office {
    pub(super) fn open() -> Self {
        let certificate = Certificate::new();
        let issuer = OidcIssuer::start(&certificate.file, &certificate.key);
        let server = Server::start_embedded_with_env(&[], &[("SSL_CERT_FILE", &certificate.file)]);
        let iam = service(&server, "iam");
        let name = issuer.url().trim_start_matches("https://");
        let provider = iam
            .call(
                "CreateOpenIDConnectProvider",
                &json!({ "Url": issuer.url(), "ClientIDList": ["packhouse"] }),
            )
            .expect("the administrator may");
        let condition = json!({ "StringEquals": { format!("{name}:sub"): SUBJECT } });
        let trust = json!({
            "Effect": "Allow",
            "Principal": { "Federated": provider["OpenIDConnectProviderArn"] },
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": condition,
        });
        let role = make_role(&iam, "ci", &trust);
        // Nobody's keys: the call is not signed.
        let nobody = [
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("AWS_ENDPOINT_URL", server.base_url()),
        ];
        let nobody = nobody.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self {
            sts: Boto3::of("sts", nobody.into()),
            issuer,
            iam,
            server,
            role,
            _certificate: certificate,
        }
    }

    fn claims(&self) -> Value {
        json!({
            "iss": self.issuer.url(), "sub": SUBJECT, "aud": "packhouse", "iat": now(), "exp": now() + 300,
        })
    }

    pub(super) fn token(&mut self, change: impl FnOnce(&mut Value)) -> String {
        let mut claims = self.claims();
        change(&mut claims);
        self.issuer.token(&json!({}), &claims)
    }

    fn exchange(&self, token: &str) -> Result<Value, ServiceError> {
        let request = json!({ "RoleArn": self.role, "RoleSessionName": "job-1", "WebIdentityToken": token });
        self.sts.call("AssumeRoleWithWebIdentity", &request)
    }
}

#[test]
fn an_id_token_is_exchanged_for_keys_of_a_role() {
    let mut office = Office::open();
    let token = office.token(|_| {});
    let session = office.exchange(&token).expect("the token is good");
    assert_eq!(session["SubjectFromWebIdentityToken"], SUBJECT);
    assert_eq!(session["Audience"], "packhouse");
    assert_eq!(session["Provider"], office.issuer.url());
    let codecommit = with_keys(&office.server, "codecommit", &session["Credentials"]);
    codecommit
        .call("CreateRepository", &json!({ "repositoryName": "built" }))
        .expect("the role may");
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("token");
    fs::write(&file, &token).expect("the folder is writable");
    let file = file.to_string_lossy();
    let url = office.server.base_url();
    let printed = office.server.packhouse(&[
        "login",
        "--oidc-token-file",
        &file,
        "--role-arn",
        &office.role,
        "--url",
        url,
    ]);
    let printed: Value = serde_json::from_str(&printed).expect("a credential_process prints JSON");
    let who = with_keys(&office.server, "sts", &printed).call("GetCallerIdentity", &json!({}));
    assert_eq!(
        who.expect("the keys are good")["Arn"],
        "arn:aws:sts::000000000000:assumed-role/ci/packhouse"
    );
    assert_eq!(office.issuer.asked(), 1, "keys are remembered");
}

#[test]
fn the_audit_log_tells_whose_keys_were_given_out_and_repeats_no_secret() {
    let mut office = Office::open();
    let token = office.token(|_| {});
    let session = office.exchange(&token).expect("the token is good");
    office.exchange("forged").expect_err("it is no token");
    let event = json!({ "AttributeKey": "EventName", "AttributeValue": "AssumeRoleWithWebIdentity" });
    let found = service(&office.server, "cloudtrail")
        .call("LookupEvents", &json!({ "LookupAttributes": [event] }))
        .expect("the administrator may");
    let events = found["Events"].as_array().expect("a list");
    assert_eq!(events.len(), 1, "what anybody may send is not kept");
    let record = events[0]["CloudTrailEvent"].as_str().expect("a text");
    assert!(
        record.contains(":assumed-role/ci/job-1") && record.contains(SUBJECT),
        "{record}"
    );
    let credentials = &session["Credentials"];
    for secret in [token.as_str(), credentials["SecretAccessKey"].as_str().expect("a text")] {
        assert!(!record.contains(secret), "{record}");
    }
}

#[test]
fn tokens_that_prove_nothing_are_refused() {
    let mut office = Office::open();
    let mut other = Office::open();
    let bad = ("InvalidIdentityToken", 400);
    for (change, error) in [
        (
            (|claims| claims["sub"] = json!("repo:org/app2:ref:refs/heads/main")) as fn(&mut Value),
            ("AccessDenied", 403),
        ),
        (|claims| claims["aud"] = json!("somebody-else"), bad),
        (|claims| claims["aud"] = json!(["somebody-else", "others"]), bad),
        (|claims| claims["azp"] = json!("somebody-else"), bad),
        (
            |claims| claims["exp"] = json!(now() - 120),
            ("ExpiredTokenException", 400),
        ),
        (|claims| claims["nbf"] = json!(now() + 600), bad),
        (|claims| claims["iat"] = json!(now() + 600), bad),
        (|claims| claims["iss"] = json!("https://idp.example.com"), bad),
        (
            |claims| drop(claims.as_object_mut().expect("an object").remove("exp")),
            bad,
        ),
    ] {
        let token = office.token(change);
        refused(office.exchange(&token), error);
    }
    // Another issuer that says it is this one.
    let mut claims = office.claims();
    let foreign = other.issuer.token(&json!({}), &claims);
    refused(office.exchange(&foreign), bad);
    let foreign = other.token(|_| {});
    refused(office.exchange(&foreign), bad);
    // Algorithms that anybody can sign with.
    for header in [
        json!({ "alg": "none" }),
        json!({ "alg": "HS256" }),
        json!({ "alg": "RS512" }),
        json!({ "kid": "9" }),
    ] {
        let token = office.issuer.token(&header, &claims);
        refused(office.exchange(&token), bad);
    }
    let token = office.token(|_| {});
    let (start, _) = token.rsplit_once('.').expect("three parts");
    for forged in [
        format!("{start}."),
        start.to_owned(),
        format!("{token}AA"),
        "x".to_owned(),
        "x".repeat(21_000),
    ] {
        refused(office.exchange(&forged), bad);
    }
    claims["sub"] = json!(SUBJECT);
    let token = office.issuer.token(&json!({}), &claims);
    office.exchange(&token).expect("this one is good");
}

#[test]
fn an_issuer_may_change_its_key_and_may_lie_about_nothing() {
    let mut office = Office::open();
    office.issuer.say(
        "/.well-known/openid-configuration",
        r#"{"issuer": "https://idp.example.com", "jwks_uri": "https://x"}"#,
    );
    let token = office.token(|_| {});
    let told = refused(office.exchange(&token), ("IDPCommunicationError", 400));
    assert!(told.contains("another issuer"), "{told}");
    let url = office.issuer.url().to_owned();
    let mut office = Office::open();
    office.issuer.redirect("/jwks", &format!("{url}/jwks"));
    let token = office.token(|_| {});
    let told = refused(office.exchange(&token), ("IDPCommunicationError", 400));
    assert!(told.contains("302"), "{told}");

    let mut office = Office::open();
    let before = office.token(|_| {});
    office.issuer.rotate();
    let after = office.token(|_| {});
    refused(office.exchange(&before), ("InvalidIdentityToken", 400));
    office.exchange(&after).expect("its key is published");
    // A key that is not known is looked for once a minute, whoever asks how often.
    let unknown = office.issuer.token(&json!({ "kid": "unknown" }), &office.claims());
    for _ in 0..3 {
        refused(office.exchange(&unknown), ("InvalidIdentityToken", 400));
    }
    assert_eq!(office.issuer.asked(), 1);
    let arn = format!(
        "arn:aws:iam::000000000000:oidc-provider/{}",
        office.issuer.url().trim_start_matches("https://")
    );
    let gone = json!({ "OpenIDConnectProviderArn": arn });
    office
        .iam
        .call("DeleteOpenIDConnectProvider", &gone)
        .expect("the administrator may");
    refused(office.exchange(&after), ("InvalidIdentityToken", 400));
}

#[test]
fn an_issuer_whose_certificate_nobody_trusts_is_not_asked() {
    let mut office = Office::open();
    let server = Server::start_embedded(&[]);
    let iam = service(&server, "iam");
    iam.call(
        "CreateOpenIDConnectProvider",
        &json!({ "Url": office.issuer.url(), "ClientIDList": ["packhouse"] }),
    )
    .expect("the administrator may");
    let token = office.token(|_| {});
    let request = json!({ "RoleArn": office.role, "RoleSessionName": "job-1", "WebIdentityToken": token });
    let sts = service(&server, "sts");
    refused(
        sts.call("AssumeRoleWithWebIdentity", &request),
        ("IDPCommunicationError", 400),
    );
}
