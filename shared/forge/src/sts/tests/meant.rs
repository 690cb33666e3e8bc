//! Whom a trust policy means: not whoever has an ARN of this account, but who had it when the policy was saved.

use super::*;
use crate::iam::users;

const BEN: &str = "arn:aws:iam::000000000000:user/ben";
const CI: &str = "arn:aws:iam::000000000000:role/ci";

fn admin(forge: &Forge) -> Caller {
    testing::administrator(&forge.installation().account)
}

fn user(text: &str) -> IdentityName {
    name(Identity::User, text)
}

async fn rename(forge: &Forge, from: &str, to: &str) {
    users::update(forge, &admin(forge), &user(from), (Some(user(to)), None))
        .await
        .unwrap();
}

/// Who calls with that user's key, as things are now.
async fn now(forge: &Forge, caller: &Caller) -> Caller {
    testing::calling(forge, &caller.principal.proven.credential, None)
        .await
        .unwrap()
}

/// The role that is made like `deploy`, by another name.
fn new_role(text: &str, trust: &str) -> roles::New {
    roles::New {
        name: name(Identity::Role, text),
        path: IdentityPath::default(),
        description: None,
        trust: trust.to_owned(),
        max_session: None,
        boundary: None,
        tags: Vec::new(),
    }
}

#[tokio::test]
async fn who_gets_the_name_of_a_trusted_user_is_not_trusted_and_who_had_it_is() {
    let forge = testing::forge().await;
    let ben = testing::make_user(&forge, "ben", None).await;
    let eve = testing::make_user(&forge, "eve", None).await;
    make_role(&forge, &trust_in(BEN), None).await;
    assume(&forge, &ben, &request()).await.unwrap();
    denied(assume(&forge, &eve, &request()).await);
    rename(&forge, "ben", "ben2").await;
    rename(&forge, "eve", "ben").await;
    let (ben, eve) = (now(&forge, &ben).await, now(&forge, &eve).await);
    assert_eq!(eve.principal.arn, BEN);
    denied(assume(&forge, &eve, &request()).await);
    assume(&forge, &ben, &request()).await.unwrap();
    // Whoever says so anew means who has the name now.
    let role = name(Identity::Role, "deploy");
    roles::update_trust(&forge, &admin(&forge), &role, &trust_in(BEN))
        .await
        .unwrap();
    assume(&forge, &eve, &request()).await.unwrap();
    denied(assume(&forge, &ben, &request()).await);
}

#[tokio::test]
async fn a_denial_follows_who_is_renamed() {
    let forge = testing::forge().await;
    let ben = testing::make_user(&forge, "ben", Some(EVERYTHING)).await;
    let deny = format!(
        r#"{{"Effect": "Allow", "Principal": {{"AWS": "000000000000"}}, "Action": "sts:AssumeRole"}},
           {{"Effect": "Deny", "Principal": {{"AWS": "{BEN}"}}, "Action": "sts:AssumeRole"}}"#
    );
    make_role(&forge, &trust(&deny), None).await;
    denied(assume(&forge, &ben, &request()).await);
    rename(&forge, "ben", "ben2").await;
    denied(assume(&forge, &now(&forge, &ben).await, &request()).await);
}

#[tokio::test]
async fn a_role_that_is_made_again_is_not_the_one_that_was_trusted() {
    const SESSION: &str = "arn:aws:sts::000000000000:assumed-role/ci/run-7";
    for (trusted, run_8) in [(CI, true), (SESSION, false)] {
        let forge = testing::forge().await;
        let me = &admin(&forge);
        let ben = testing::make_user(&forge, "ben", None).await;
        let ci = new_role("ci", &trust_in(BEN));
        roles::create(&forge, me, ci.clone()).await.unwrap();
        make_role(&forge, &trust_in(trusted), None).await;
        let session_of_ci = async |session: &str| {
            let request = RoleRequest {
                role_arn: CI.to_owned(),
                session_name: session.to_owned(),
                ..RoleRequest::default()
            };
            let session = assume(&forge, &ben, &request).await.unwrap();
            caller_of(&forge, &session).await.unwrap()
        };
        for (session, expect) in [("run-7", true), ("run-8", run_8)] {
            let caller = session_of_ci(session).await;
            let assumed = assume(&forge, &caller, &request()).await;
            assert_eq!(assumed.is_ok(), expect, "{trusted} {session}: {assumed:?}");
        }
        roles::delete(&forge, me, &ci.name).await.unwrap();
        roles::create(&forge, me, ci).await.unwrap();
        denied(assume(&forge, &session_of_ci("run-7").await, &request()).await);
    }
}

#[tokio::test]
async fn a_trust_policy_can_name_nobody_of_this_account_who_is_not_there() {
    let forge = testing::forge().await;
    let me = &admin(&forge);
    testing::make_user(&forge, "ben", None).await;
    make_role(&forge, &trust_in("*"), None).await;
    let deploy = name(Identity::Role, "deploy");
    let at_aws = |arn: &str| {
        trust(&format!(
            r#"{{"Effect": "Allow", "Principal": {{"AWS": "{arn}"}}, "Action": "packhouse:AssumeRoleWithAws"}}"#
        ))
    };
    let nobody = "arn:aws:iam::000000000000:user/nobody";
    for (arn, expect) in [
        (BEN, true),
        (ARN, true),
        ("arn:aws:sts::000000000000:assumed-role/deploy/x", true),
        ("arn:aws:iam::000000000000:root", true),
        ("arn:aws:iam::111111111111:user/nobody", true),
        (nobody, false),
        ("arn:aws:iam::000000000000:user/Ben", false),
        ("arn:aws:iam::000000000000:user/team/ben", false),
        ("arn:aws:iam::000000000000:role/ci", false),
        ("arn:aws:iam::000000000000:group/devs", false),
        ("arn:aws-cn:iam::000000000000:user/ben", false),
        ("arn:aws:sts::000000000000:assumed-role/ci/x", false),
    ] {
        let saved = roles::update_trust(&forge, me, &deploy, &trust_in(arn)).await;
        assert_eq!(saved.is_ok(), expect, "{arn}: {saved:?}");
        let made = roles::create(&forge, me, new_role("made", &trust_in(arn))).await;
        assert_eq!(made.is_ok(), expect, "{arn}: {made:?}");
        if let Err(error) = saved {
            assert!(matches!(error, Error::MalformedPolicyDocument(_)), "{arn}: {error}");
            assert_eq!(
                error.to_string(),
                format!("Invalid principal in policy: \"AWS\":\"{arn}\"")
            );
        } else {
            roles::delete(&forge, me, &name(Identity::Role, "made")).await.unwrap();
        }
    }
    // A deployment's account has a namesake at AWS, whose users are others.
    let both = at_aws(nobody).replace(r#""packhouse"#, r#"["sts:AssumeRole", "packhouse"#);
    let both = both.replace(r#"WithAws""#, r#"WithAws"]"#);
    for (at, trust) in [at_aws(nobody), both].into_iter().enumerate() {
        roles::update_trust(&forge, me, &deploy, &trust).await.unwrap();
        let late = testing::make_user(&forge, "nobody", Some(EVERYTHING)).await;
        denied(assume(&forge, &late, &request()).await);
        rename(&forge, "nobody", &format!("late{at}")).await;
    }
    let wild = at_aws(nobody).replace("AssumeRoleWithAws", "*");
    assert!(roles::update_trust(&forge, me, &deploy, &wild).await.is_err());
}
