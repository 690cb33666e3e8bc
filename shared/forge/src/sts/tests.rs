mod federated;
mod meant;

use packhouse_storage::clock;
use packhouse_storage::keys::Identity;

use super::assume_role::{self, Extras};
use super::{AssumedRole, RoleRequest, session_token};
use crate::directory::names::{IdentityName, IdentityPath};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::iam::{self, Holder, roles};
use crate::identity::Caller;
use crate::testing::{self, EVERYTHING};

const ARN: &str = "arn:aws:iam::000000000000:role/deploy";

/// A trust policy with that statement.
fn trust(statement: &str) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#)
}

/// One that lets a principal of AWS's kind do `sts:AssumeRole`.
fn trust_in(arn: &str) -> String {
    trust(&format!(
        r#"{{"Effect": "Allow", "Principal": {{"AWS": "{arn}"}}, "Action": "sts:AssumeRole"}}"#
    ))
}

fn name(kind: Identity, name: &str) -> IdentityName {
    IdentityName::new(kind, name).unwrap()
}

/// Makes the role `deploy`.
async fn make_role(forge: &Forge, trust: &str, max_session: Option<u32>) {
    let admin = testing::administrator(&forge.installation().account);
    let new = roles::New {
        name: name(Identity::Role, "deploy"),
        path: IdentityPath::default(),
        description: None,
        trust: trust.to_owned(),
        max_session,
        boundary: None,
        tags: Vec::new(),
    };
    roles::create(forge, &admin, new).await.unwrap();
}

fn request() -> RoleRequest {
    RoleRequest {
        role_arn: ARN.to_owned(),
        session_name: "ci".to_owned(),
        ..RoleRequest::default()
    }
}

async fn assume(forge: &Forge, caller: &Caller, request: &RoleRequest) -> Result<AssumedRole> {
    assume_role::assume(forge, caller, request, Extras::default()).await
}

async fn caller_of(forge: &Forge, session: &AssumedRole) -> Option<Caller> {
    testing::calling(forge, &session.key.id, Some(&session.key.token)).await
}

fn allowing(action: &str) -> String {
    trust(&format!(
        r#"{{"Effect": "Allow", "Action": "{action}", "Resource": "*"}}"#
    ))
}

#[track_caller]
fn denied<T: std::fmt::Debug>(result: Result<T>) -> String {
    let error = result.expect_err("must be denied");
    assert!(matches!(error, Error::AccessDenied { .. }), "{error}");
    error.to_string()
}

#[tokio::test]
async fn trust_in_the_account_needs_the_callers_policy_and_trust_in_the_caller_does_not() {
    const ROOT: &str = "arn:aws:iam::000000000000:root";
    const BEN: &str = "arn:aws:iam::000000000000:user/ben";
    let deny = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "sts:*", "Resource": "*"}]}"#;
    for (trusted, policy, expect) in [
        (ROOT, None, false),
        (ROOT, Some(allowing("sts:AssumeRole")), true),
        (ROOT, Some(allowing("codecommit:*")), false),
        (ROOT, Some(deny.to_owned()), false),
        ("000000000000", Some(allowing("sts:AssumeRole")), true),
        ("000000000000", None, false),
        (BEN, None, true),
        (BEN, Some(deny.to_owned()), false),
        ("arn:aws:iam::000000000000:user/other", Some(allowing("*")), false),
        ("arn:aws:iam::111111111111:root", Some(allowing("*")), false),
    ] {
        let forge = testing::forge().await;
        let ben = testing::make_user(&forge, "ben", policy.as_deref()).await;
        testing::make_user(&forge, "other", None).await;
        make_role(&forge, &trust_in(trusted), None).await;
        let assumed = assume(&forge, &ben, &request()).await;
        assert_eq!(assumed.is_ok(), expect, "{trusted} {policy:?}: {assumed:?}");
        if let Ok(session) = assumed {
            let caller = caller_of(&forge, &session).await.unwrap();
            assert_eq!(caller.principal.arn, "arn:aws:sts::000000000000:assumed-role/deploy/ci");
            assert_eq!(caller.principal.arn, session.arn);
            assert_eq!(caller.principal.user_id, session.id);
        }
    }
}

#[tokio::test]
async fn a_boundary_bounds_whom_a_role_trusts_by_name() {
    let forge = testing::forge().await;
    let admin = testing::administrator(&forge.installation().account);
    testing::make_user(&forge, "ben", None).await;
    make_role(&forge, &trust_in("arn:aws:iam::000000000000:user/ben"), None).await;
    let user = name(Identity::User, "ben");
    for (boundary, expect) in [
        ("arn:aws:iam::aws:policy/AWSCodeCommitReadOnly", false),
        ("arn:aws:iam::aws:policy/AdministratorAccess", true),
    ] {
        let whom = (Holder::User, &user);
        iam::attachments::set_boundary(&forge, &admin, whom, Some(boundary))
            .await
            .unwrap();
        let keys = iam::access_keys::list(&forge, &admin, &user, &iam::paging::Paging::default())
            .await
            .unwrap();
        let ben = testing::calling(&forge, &keys.items[0].id, None).await.unwrap();
        assert_eq!(assume(&forge, &ben, &request()).await.is_ok(), expect, "{boundary}");
    }
}

#[tokio::test]
async fn a_role_that_there_is_not_is_denied_like_one_that_trusts_others() {
    let forge = testing::forge().await;
    let ben = testing::make_user(&forge, "ben", Some(EVERYTHING)).await;
    let before = denied(assume(&forge, &ben, &request()).await);
    make_role(&forge, &trust_in("arn:aws:iam::111111111111:root"), None).await;
    assert_eq!(denied(assume(&forge, &ben, &request()).await), before);
    for arn in [
        "",
        "deploy",
        "arn:aws:iam::111111111111:role/deploy",
        "arn:aws:iam::000000000000:role/x/deploy",
    ] {
        let request = RoleRequest {
            role_arn: arn.to_owned(),
            ..request()
        };
        denied(assume(&forge, &ben, &request).await);
    }
}

#[tokio::test]
async fn whom_no_role_trusts_does_not_learn_which_policies_there_are() {
    let forge = testing::forge().await;
    let ben = testing::make_user(&forge, "ben", Some(EVERYTHING)).await;
    make_role(&forge, &trust_in("arn:aws:iam::111111111111:root"), None).await;
    let with = |policy: &str| RoleRequest {
        policy_arns: vec![format!("arn:aws:iam::{policy}")],
        ..request()
    };
    let there = denied(assume(&forge, &ben, &with("aws:policy/AdministratorAccess")).await);
    assert_eq!(
        denied(assume(&forge, &ben, &with("000000000000:policy/Nothing")).await),
        there
    );
}

#[tokio::test]
async fn what_is_asked_of_a_session_is_checked() {
    let forge = testing::forge().await;
    let ben = testing::make_user(&forge, "ben", Some(EVERYTHING)).await;
    make_role(&forge, &trust_in("arn:aws:iam::000000000000:root"), Some(7200)).await;
    let check = async |change: fn(&mut RoleRequest)| {
        let mut request = request();
        change(&mut request);
        assume(&forge, &ben, &request).await
    };
    let now = clock::now_secs();
    let usual = check(|_| {}).await.unwrap();
    assert!(
        (3595..=3605).contains(&(usual.expires - now)),
        "{}",
        usual.expires - now
    );
    let long = check(|request| request.duration = Some(7200)).await.unwrap();
    assert!((7195..=7205).contains(&(long.expires - now)));
    let bad: [fn(&mut RoleRequest); 10] = [
        |request| request.duration = Some(7201),
        |request| request.duration = Some(899),
        |request| request.duration = Some(43_201),
        |request| request.session_name = "c".into(),
        |request| request.session_name = "c".repeat(65),
        |request| request.session_name = "a b".into(),
        |request| request.session_name = "a/b".into(),
        |request| request.policy = Some("x".repeat(2049)),
        |request| request.policy_arns = vec!["arn:aws:iam::aws:policy/Nothing".into()],
        |request| request.policy_arns = vec!["arn:aws:iam::aws:policy/AdministratorAccess".into(); 11],
    ];
    for change in bad {
        let error = check(change).await.expect_err("must be refused");
        assert!(matches!(error, Error::InvalidInput(_)), "{error}");
    }
    let error = check(|request| request.policy = Some("{}".into())).await.unwrap_err();
    assert!(matches!(error, Error::MalformedPolicyDocument(_)), "{error}");
}

#[tokio::test]
async fn a_session_that_begins_another_one_is_short() {
    let forge = testing::forge().await;
    let ben = testing::make_user(&forge, "ben", Some(EVERYTHING)).await;
    make_role(&forge, &trust_in("arn:aws:iam::000000000000:root"), Some(43_200)).await;
    let admin = testing::administrator(&forge.installation().account);
    let role = name(Identity::Role, "deploy");
    let everything = "arn:aws:iam::aws:policy/AdministratorAccess";
    iam::attachments::attach(&forge, &admin, (Holder::Role, &role), everything)
        .await
        .unwrap();
    let session = assume(&forge, &ben, &request()).await.unwrap();
    let chained = caller_of(&forge, &session).await.unwrap();
    let mut request = request();
    for (duration, expect) in [(Some(3600), true), (Some(3601), false), (None, true)] {
        request.duration = duration;
        assert_eq!(assume(&forge, &chained, &request).await.is_ok(), expect, "{duration:?}");
        assert!(assume(&forge, &ben, &request).await.is_ok());
    }
}

#[tokio::test]
async fn session_policies_and_tags_hold_for_the_session() {
    let forge = testing::forge().await;
    let ben = testing::make_user(&forge, "ben", Some(EVERYTHING)).await;
    let tagging = trust(
        r#"{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["sts:AssumeRole", "sts:TagSession"],
            "Condition": {"StringEqualsIfExists": {"aws:RequestTag/team": "a"}}}"#,
    );
    make_role(&forge, &tagging, None).await;
    let begin = async |tags: &[(&str, &str)], policy: Option<String>| {
        let extras = Extras {
            tags: tags
                .iter()
                .map(|&(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
            ..Extras::default()
        };
        let request = RoleRequest {
            policy,
            policy_arns: vec!["arn:aws:iam::aws:policy/AWSCodeCommitReadOnly".into()],
            ..request()
        };
        assume_role::assume(&forge, &ben, &request, extras).await
    };
    let session = begin(&[("team", "a")], Some(allowing("codecommit:GitPull")))
        .await
        .unwrap();
    assert!((1..=100).contains(&session.packed));
    let caller = caller_of(&forge, &session).await.unwrap();
    assert_eq!(caller.principal.tags.get("team").map(String::as_str), Some("a"));
    assert_eq!(caller.principal.permissions.session.as_ref().map(Vec::len), Some(2));
    denied(begin(&[("team", "b")], None).await);
    let (keys, value) = (
        (0..50).map(|at| format!("{at:0>128}")).collect::<Vec<_>>(),
        "v".repeat(256),
    );
    let many: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), value.as_str())).collect();
    assert!(matches!(begin(&many, None).await, Err(Error::SessionTooLarge(_))));
    assert!(begin(&[("aws:x", "a")], None).await.is_err());
}

#[tokio::test]
async fn an_external_id_must_be_the_one_that_was_agreed_on() {
    let forge = testing::forge().await;
    let ben = testing::make_user(&forge, "ben", None).await;
    let agreed = trust(
        r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:user/ben"}, "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "x1"}}}"#,
    );
    make_role(&forge, &agreed, None).await;
    for (id, expect) in [(None, false), (Some("x2"), false), (Some("x1"), true)] {
        let extras = Extras {
            external_id: id.map(str::to_owned),
            ..Extras::default()
        };
        let assumed = assume_role::assume(&forge, &ben, &request(), extras).await;
        assert_eq!(assumed.is_ok(), expect, "{id:?}");
    }
}

#[tokio::test]
async fn a_session_ends_with_its_role() {
    let forge = testing::forge().await;
    let ben = testing::make_user(&forge, "ben", Some(EVERYTHING)).await;
    let trust = trust_in("arn:aws:iam::000000000000:root");
    make_role(&forge, &trust, None).await;
    let session = assume(&forge, &ben, &request()).await.unwrap();
    assert!(caller_of(&forge, &session).await.is_some());
    let admin = testing::administrator(&forge.installation().account);
    roles::delete(&forge, &admin, &name(Identity::Role, "deploy"))
        .await
        .unwrap();
    assert!(caller_of(&forge, &session).await.is_none());
    make_role(&forge, &trust, None).await;
    assert!(
        caller_of(&forge, &session).await.is_none(),
        "another role of that name is another role"
    );
}

#[tokio::test]
async fn keys_of_a_users_own_session_are_the_users_and_get_no_others() {
    let forge = testing::forge().await;
    let ben = testing::make_user(&forge, "ben", Some(EVERYTHING)).await;
    let (key, expires) = session_token::get(&forge, &ben, None, None).await.unwrap();
    assert!((43_195..=43_205).contains(&(expires - clock::now_secs())));
    let session = testing::calling(&forge, &key.id, Some(&key.token)).await.unwrap();
    assert_eq!(session.principal.arn, ben.principal.arn);
    denied(session_token::get(&forge, &session, None, None).await);
    for duration in [0, 899, 129_601] {
        let got = session_token::get(&forge, &ben, Some(duration), None).await;
        assert!(matches!(got, Err(Error::InvalidInput(_))), "{duration}");
    }
    assert!(session_token::get(&forge, &ben, Some(129_600), None).await.is_ok());
}
