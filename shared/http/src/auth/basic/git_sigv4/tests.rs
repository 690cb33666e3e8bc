use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use packhouse_forge::identity::Who;
use packhouse_forge::names::Region;

use super::*;
use crate::auth::basic::{self, Unauthorized};
use crate::aws_json::testing::{Key, Server, server, server_at};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const TIME: &str = "20260102T030405";
const PATH: &str = "/v1/repos/MyDemoRepo";

/// What a client sends as password that signs this.
fn password((secret, region): (&str, &str), path: &str, host: &str, seconds: u64) -> String {
    let time = sigv4::format_time(seconds);
    let claim = Claim {
        key_id: "",
        token: None,
        time: time.trim_end_matches('Z'),
        seconds,
        signature: [0; 32],
    };
    let key = sigv4::signing_key(secret, &claim.time[..8], region, SERVICE);
    let signature = sigv4::hmac(&key, claim.to_sign(region, path, host).as_bytes());
    format!("{time}{}", hex::encode(&signature))
}

#[test]
fn what_awss_clients_have_signed_verifies_and_nothing_near_it() {
    // Made by `aws codecommit credential-helper`, and with the hosts of a server of one's own by git-remote-codecommit.
    let vectors = [
        (
            "git-codecommit.us-east-1.amazonaws.com",
            "689f46fba589ac048607b7e883cbfafde1537303e119b66a47c6943165b49073",
        ),
        (
            "localhost:8443",
            "6ac076f44087f468214316c1aa6d5ea0b2e244e1f20fdc6228ce22d9c515f4e2",
        ),
        (
            "localhost",
            "775682d330b3d6693163ace7cdd56f80db3e27483a730e63cd739b234634c86f",
        ),
    ];
    for (host, signature) in vectors {
        let text = format!("{TIME}Z{signature}");
        let claim = Claim::parse("AKIDEXAMPLE%token", &text).unwrap();
        assert_eq!((claim.key_id, claim.token), ("AKIDEXAMPLE", Some("token")));
        let made = password((SECRET, "us-east-1"), PATH, host, claim.seconds);
        assert_eq!(made, text, "{host}");
        let verifies = |secret: &str, region, path: &str, host: &str| {
            let signed = Signed {
                regions: vec![region],
                paths: vec![path.to_owned()],
                hosts: vec![host.to_owned()],
            };
            claim.verifies(secret, &signed)
        };
        assert!(verifies(SECRET, "us-east-1", PATH, host), "{host}");
        assert!(!verifies("other", "us-east-1", PATH, host), "{host}");
        assert!(!verifies("", "us-east-1", PATH, host), "{host}");
        assert!(!verifies(SECRET, "us-east-2", PATH, host), "{host}");
        assert!(!verifies(SECRET, "us-east-1", "/v1/repos/MyDemoRepo2", host), "{host}");
        assert!(!verifies(SECRET, "us-east-1", PATH, "example.com"), "{host}");
    }
}

#[test]
fn only_a_time_and_a_signature_are_a_claim() {
    let signature = "0".repeat(64);
    assert!(Claim::parse("AKID", &format!("{TIME}Z{signature}")).is_some());
    for password in [
        String::new(),
        "Z".to_owned(),
        signature.clone(),
        format!("{TIME}{signature}"),
        format!("{TIME}Z{}", &signature[1..]),
        format!("{TIME}Z{signature}0"),
        format!("{TIME}Z{}x", &signature[1..]),
        format!("20261302T030405Z{signature}"),
        format!("+2026102T030405Z{signature}"),
        format!("2026-01-02T03:04:05Z{signature}"),
        format!("é0260102T03040Z{signature}"),
        STANDARD.encode([1; 32]),
    ] {
        assert_eq!(Claim::parse("AKID", &password), None, "{password}");
    }
    let text = format!("{TIME}Z{signature}");
    let token = |user| {
        Claim::parse(user, &text)
            .map(|claim| (claim.key_id, claim.token))
            .unwrap()
    };
    assert_eq!(token("AKID%a%b"), ("AKID", Some("a%b")));
    assert_eq!(token("AKID%"), ("AKID", Some("")));
    assert_eq!(token("%a"), ("", Some("a")));
}

#[test]
fn a_signature_holds_for_a_quarter_of_an_hour() {
    let text = format!("{TIME}Z{}", "0".repeat(64));
    let claim = Claim::parse("AKID", &text).unwrap();
    let at = claim.seconds;
    for (now, expect) in [
        (0, false),
        (at - 301, false),
        (at - 300, true),
        (at, true),
        (at + 900, true),
        (at + 901, false),
        (u64::MAX, false),
    ] {
        assert_eq!(claim.is_current(now), expect, "{now}");
    }
}

/// What the server makes of a request for `path` at `host` with these credentials.
async fn ask(server: &Server, (path, host): (&str, &str), user: &str, password: &str) -> Result<Proven, Unauthorized> {
    let basic = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
    let headers = HeaderMap::from_iter([
        (header::HOST, HeaderValue::from_str(host).unwrap()),
        (header::AUTHORIZATION, HeaderValue::from_str(&basic).unwrap()),
    ]);
    basic::proven(&server.app, presented(&headers, path)).await
}

fn presented<'a>(headers: &'a HeaderMap, path: &'a str) -> Presented<'a> {
    Presented {
        headers,
        path,
        sent_path: path.strip_prefix("/v1").and(Some("/prod/v1/repos/demo/info/refs")),
        authority: Some("h2.example.com:8443"),
        ip: Some("127.0.0.1".parse().unwrap()),
    }
}

/// Whether a request for `path` at `host` is let in that is signed for `region`, `signed_path` and `signed_host`.
async fn lets_in(server: &Server, asked: (&str, &str), region: &str, (signed_path, signed_host): (&str, &str)) -> bool {
    let key = server.key();
    let now = clock();
    let password = password((&key.secret, region), signed_path, signed_host, now);
    ask(server, asked, &key.id, &password).await.is_ok()
}

fn clock() -> u64 {
    packhouse_storage::clock::now_secs()
}

#[tokio::test]
async fn every_spelling_of_the_repository_is_tried_and_no_other_repository() {
    let server = server().await;
    let check = async |path: &str, signed: &str, expect: bool| {
        let let_in = lets_in(&server, (path, "localhost"), "us-east-1", (signed, "localhost")).await;
        assert_eq!(let_in, expect, "{path} signed as {signed}");
    };
    for path in [
        "/v1/repos/demo/info/refs",
        "/v1/repos/demo.git/git-upload-pack",
        "/v1/repos//demo//git-receive-pack",
        "/v1/repos/d%65mo/uploads",
    ] {
        for signed in [
            "/v1/repos/demo",
            "/v1/repos/demo/",
            "/v1/repos/demo.git",
            "//v1/repos/demo",
            "//v1/repos/demo.git/",
            "/prod/v1/repos/demo",
        ] {
            check(path, signed, true).await;
        }
        for signed in [
            "",
            "/",
            "/v1/repos/",
            "/v1/repos/demo2",
            "/v1/repos/dem",
            "/v1/repos/Demo",
            "/v1/repos/x/demo",
            "/v1/repos/demo.git.git",
            "/dev/v1/repos/demo",
            "/v1/repos/demo/info/refs",
        ] {
            check(path, signed, false).await;
        }
    }
    check("/v1/repos/d%65mo/info/refs", "/v1/repos/d%65mo", true).await;
    check("/v1/repos/demo/info/refs", "/v1/repos/d%65mo", false).await;
    check("/v1/repos/demo2/info/refs", "/v1/repos/demo", false).await;
    check("/v1/repos/demo%2finfo/refs", "/v1/repos/demo", false).await;
    check("/v1/repos/demo%2f..%2fother/info/refs", "/v1/repos/demo", false).await;
    check("/", "/v1/repos/demo", false).await;
}

#[tokio::test]
async fn only_the_installations_own_host_counts() {
    let path = "/v1/repos/demo/info/refs";
    let check = async |public: &str, host: &str, signed: &str, expect: bool| {
        let server = server_at(public).await;
        let let_in = lets_in(&server, (path, host), "us-east-1", ("/v1/repos/demo", signed)).await;
        assert_eq!(let_in, expect, "{public} asked as {host} signed as {signed}");
    };
    let public = "https://git.example.com/prod";
    for host in [
        "git.example.com",
        "GIT.example.com",
        "other.example.com",
        "10.0.0.1:8080",
    ] {
        check(public, host, "git.example.com", true).await;
        check(public, host, "git.example.com:443", true).await;
        check(public, host, "git.example.com:80", false).await;
        check(public, host, "git.example.com:8443", false).await;
        check(public, host, "other.example.com", false).await;
        check(public, host, "10.0.0.1:8080", false).await;
        check(public, host, "example.com", false).await;
        check(public, host, "", false).await;
    }
    check(public, "GIT.example.com:443", "GIT.example.com", true).await;
    check(public, "git.example.com", "h2.example.com", false).await;
    let with_port = "https://git.example.com:8443";
    check(with_port, "git.example.com:8443", "git.example.com:8443", true).await;
    check(with_port, "git.example.com:8443", "git.example.com", true).await;
    check(with_port, "git.example.com:8444", "git.example.com:8444", false).await;
    let plain = "http://10.0.0.1";
    check(plain, "10.0.0.1", "10.0.0.1:80", true).await;
    check(plain, "10.0.0.1", "10.0.0.1:443", false).await;
    check(plain, "127.0.0.1", "127.0.0.1", false).await;
}

#[tokio::test]
async fn where_the_installation_is_this_machine_each_host_counts_that_the_request_names() {
    let path = "/v1/repos/demo/info/refs";
    for public in [
        "http://localhost:8080",
        "https://git.localhost",
        "http://127.0.0.1:8080",
        "https://127.3.2.1",
        "http://0.0.0.0:8080",
        "http://[::1]:8080",
        "http://[::]",
    ] {
        let server = server_at(public).await;
        let check = async |host: &str, signed: &str, expect: bool| {
            let let_in = lets_in(&server, (path, host), "us-east-1", ("/v1/repos/demo", signed)).await;
            assert_eq!(let_in, expect, "{public} asked as {host} signed as {signed}");
        };
        check("laptop:8443", "laptop:8443", true).await;
        check("laptop:8443", "laptop", true).await;
        check("laptop", "laptop:443", true).await;
        check("laptop", "laptop:8443", false).await;
        check("laptop", "other", false).await;
        check("[::2]:8443", "[::2]", true).await;
        check("[::2]", "[::2]:443", true).await;
        // HTTP/2's host, and the one that the server knows itself under.
        check("laptop", "h2.example.com", true).await;
        check("laptop", public.split_once("://").unwrap().1, true).await;
    }
}

#[tokio::test]
async fn what_a_proxy_says_of_the_host_does_not_count() {
    let mut server = server().await;
    server.app.callers.trusted_proxies = 1;
    let key = server.key();
    let signed = |host: &str| password((&key.secret, "us-east-1"), "/v1/repos/demo", host, clock());
    for (host, expect) in [("public.example.com", false), ("inside:8080", true)] {
        let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", key.id, signed(host))));
        let mut headers = HeaderMap::new();
        headers.insert("authorization", HeaderValue::from_str(&basic).unwrap());
        headers.insert("host", HeaderValue::from_static("inside:8080"));
        headers.insert("x-forwarded-host", HeaderValue::from_static("public.example.com"));
        let asked = presented(&headers, "/v1/repos/demo/info/refs");
        assert_eq!(basic::proven(&server.app, asked).await.is_ok(), expect, "{host}");
    }
}

#[tokio::test]
async fn regions_besides_the_servers_own_are_those_that_were_named() {
    let mut server = server().await;
    let asked = ("/v1/repos/demo/info/refs", "localhost");
    let signed = ("/v1/repos/demo", "localhost");
    assert!(lets_in(&server, asked, "us-east-1", signed).await);
    assert!(!lets_in(&server, asked, "eu-west-1", signed).await);
    server.app.callers.signing_regions = [Region::new("eu-west-1").unwrap()].into();
    assert!(lets_in(&server, asked, "us-east-1", signed).await);
    assert!(lets_in(&server, asked, "eu-west-1", signed).await);
    assert!(!lets_in(&server, asked, "eu-west-2", signed).await);
}

#[tokio::test]
async fn a_temporary_key_needs_its_own_token() {
    let server = server().await;
    let (ours, other) = (server.session().await, server.session().await);
    let asked = ("/v1/repos/demo/info/refs", "localhost");
    let password = password((&ours.secret, "us-east-1"), "/v1/repos/demo", "localhost", clock());
    let check = async |user: String, expect: bool| {
        let got = ask(&server, asked, &user, &password).await;
        assert_eq!(got.is_ok(), expect, "{user}: {got:?}");
        got
    };
    let token = |key: &Key| key.token.clone().unwrap();
    let proven = check(format!("{}%{}", ours.id, token(&ours)), true).await.unwrap();
    assert!(matches!(proven.who, Who::Session(_)) && proven.credential == ours.id);
    let permanent = server.key().id;
    for user in [
        ours.id.clone(),
        format!("{}%", ours.id),
        format!("{}%{}", ours.id, token(&other)),
        format!("{}%{}", other.id, token(&ours)),
        format!("{}%{}x", ours.id, token(&ours)),
        format!("{permanent}%{}", token(&ours)),
        permanent,
    ] {
        drop(check(user, false).await);
    }
}

#[tokio::test]
async fn old_and_early_signatures_are_nobodys_and_count_as_no_guess() {
    let server = server().await;
    let key = server.key();
    let asked = ("/v1/repos/demo/info/refs", "localhost");
    let from_afar = "203.0.113.9".parse().unwrap();
    for seconds in [clock() - 901 - 60, clock() + 301 + 60] {
        let password = password((&key.secret, "us-east-1"), "/v1/repos/demo", "localhost", seconds);
        let basic = format!("Basic {}", STANDARD.encode(format!("{}:{password}", key.id)));
        let headers = HeaderMap::from_iter([
            (header::HOST, HeaderValue::from_static("localhost")),
            (header::AUTHORIZATION, HeaderValue::from_str(&basic).unwrap()),
        ]);
        for _ in 0..200 {
            let presented = Presented {
                ip: Some(from_afar),
                ..presented(&headers, asked.0)
            };
            let got = basic::proven(&server.app, presented).await;
            assert!(matches!(got, Err(Unauthorized::Credentials)), "{got:?}");
        }
    }
}

#[tokio::test]
async fn an_access_keys_secret_is_no_password_and_a_password_no_secret() {
    let server = server().await;
    let asked = ("/v1/repos/demo/info/refs", "localhost");
    let secrets = &server.secrets;
    let signed = |secret: &str| password((secret, "us-east-1"), "/v1/repos/demo", "localhost", clock());
    let good = signed(&secrets.secret_access_key);
    assert!(ask(&server, asked, &secrets.access_key_id, &good).await.is_ok());
    assert!(
        ask(&server, asked, &secrets.git_username, &secrets.git_password)
            .await
            .is_ok()
    );
    for (user, password) in [
        (&secrets.access_key_id, secrets.secret_access_key.clone()),
        (&secrets.access_key_id, secrets.git_password.clone()),
        (&secrets.git_username, secrets.secret_access_key.clone()),
        (&secrets.git_username, good),
        (&secrets.git_username, signed(&secrets.git_password)),
        (&secrets.access_key_id, signed(&secrets.git_password)),
        (&secrets.access_key_id, signed("")),
        (&"AKIAAAAAAAAAAAAAAAAA".to_owned(), signed("")),
    ] {
        let got = ask(&server, asked, user, &password).await;
        assert!(
            matches!(got, Err(Unauthorized::Credentials)),
            "{user} {password}: {got:?}"
        );
    }
}

proptest::proptest! {
    #[test]
    fn no_user_name_and_no_password_is_too_much(user in "\\PC{0,40}", password in "[0-9TZa-f]{0,90}|\\PC{0,40}") {
        if let Some(claim) = Claim::parse(&user, &password) {
            let signed = Signed { regions: vec!["us-east-1"], paths: vec![PATH.into()], hosts: vec!["localhost".into()] };
            proptest::prop_assert!(!claim.verifies(SECRET, &signed));
        }
    }

    #[test]
    fn no_path_is_too_much(path in "(/v1/repos/)?\\PC{0,40}", host in "[ -~]{0,40}") {
        let headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_str(&host).unwrap())]);
        if let Some(spelled) = path::Spelled::of(&path) {
            let forms = paths(&spelled, [Some(&path), None, Some("/prod/v1/repos/x")]);
            proptest::prop_assert!(!forms.is_empty() && forms.len() <= 24);
        }
        proptest::prop_assert!(hosts(&presented(&headers, &path), "http", "localhost").len() <= 2 * MAX_HOSTS);
    }
}
