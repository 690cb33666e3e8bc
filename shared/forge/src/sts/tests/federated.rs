use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::json;

use super::{caller_of, denied, make_role, request, trust, trust_in};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::iam::oidc_providers::{self, Issuer, NewProvider};
use crate::identity::Source;
use crate::sts::federation::{AwsCaller, AwsIdentity, NotIdentified, Unreachable, WebKeys};
use crate::sts::web_identity::testing as idp;
use crate::sts::{aws_identity, web_identity};
use crate::testing;

/// The issuer's keys, and a word of AWS for whoever signs.
#[derive(Debug)]
struct Outside(Option<&'static str>);

#[async_trait]
impl WebKeys for Outside {
    async fn fetch(&self, issuer: &str) -> Result<Bytes, Unreachable> {
        assert_eq!(issuer, idp::ISSUER);
        Ok(Bytes::from(idp::keys().to_string()))
    }
}

#[async_trait]
impl AwsIdentity for Outside {
    async fn identify(&self, _url: &str, server: &str) -> Result<AwsCaller, NotIdentified> {
        assert_eq!(server, "[::1]:8080");
        let arn = self.0.ok_or_else(|| NotIdentified::Refused("no".into()))?;
        Ok(AwsCaller {
            arn: arn.to_owned(),
            account: "123456789012".to_owned(),
            user_id: "AIDA2".to_owned(),
        })
    }
}

async fn federated(aws: Option<&'static str>) -> Forge {
    let outside = Arc::new(Outside(aws));
    testing::forge()
        .await
        .with_federation(Arc::<Outside>::clone(&outside), outside)
}

async fn register(forge: &Forge) {
    let admin = testing::administrator(&forge.installation().account);
    let new = NewProvider {
        issuer: Issuer::new(idp::ISSUER).unwrap(),
        client_ids: vec!["packhouse".to_owned()],
        thumbprints: Vec::new(),
        tags: Vec::new(),
    };
    oidc_providers::create(forge, &admin, new).await.unwrap();
}

async fn with_token(forge: &Forge, token: &str) -> Result<web_identity::WebIdentity> {
    web_identity::assume(forge, &Source::default(), &request(), token).await
}

#[tokio::test]
async fn an_id_token_is_exchanged_for_the_role_that_trusts_its_subject() {
    let forge = federated(None).await;
    register(&forge).await;
    let main_only = trust(
        r#"{"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::000000000000:oidc-provider/idp.example.com/realm"},
            "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {
                "StringEquals": {"idp.example.com/realm:aud": "packhouse"},
                "StringLike": {"idp.example.com/realm:sub": "repo:org/app:*"}}}"#,
    );
    make_role(&forge, &main_only, None).await;
    let begun = with_token(&forge, &idp::good(&idp::claims())).await.unwrap();
    assert_eq!(begun.subject, "repo:org/app:ref:refs/heads/main");
    assert_eq!(
        (begun.provider.as_str(), begun.audience.as_str()),
        (idp::ISSUER, "packhouse")
    );
    let caller = caller_of(&forge, &begun.role).await.unwrap();
    let context = crate::authorization::context(&forge, &caller);
    let key = |key: &str| context.get(key).first().cloned();
    assert_eq!(
        key("idp.example.com/realm:sub").as_deref(),
        Some("repo:org/app:ref:refs/heads/main")
    );
    assert_eq!(
        key("aws:FederatedProvider").as_deref(),
        Some("arn:aws:iam::000000000000:oidc-provider/idp.example.com/realm")
    );

    let mut claims = idp::claims();
    claims["sub"] = json!("repo:org/application:ref:refs/heads/main");
    denied(with_token(&forge, &idp::good(&claims)).await);
    let mut claims = idp::claims();
    claims["aud"] = json!("somebody else");
    let error = with_token(&forge, &idp::good(&claims)).await.unwrap_err();
    assert!(matches!(error, Error::InvalidIdentityToken(_)), "{error}");
    let mut claims = idp::claims();
    claims["iss"] = json!("https://idp.example.com/realm2");
    let error = with_token(&forge, &idp::good(&claims)).await.unwrap_err();
    assert!(error.to_string().contains("No OpenIDConnect provider"), "{error}");
}

#[tokio::test]
async fn a_role_that_does_not_name_the_issuer_takes_no_id_tokens() {
    let by_token = |principal: &str| {
        trust(&format!(
            r#"{{"Effect": "Allow", {principal}, "Action": "sts:AssumeRoleWithWebIdentity"}}"#
        ))
    };
    for (trust, expect) in [
        (trust_in("*"), false),
        (by_token(r#""Principal": "*""#), false),
        (by_token(r#""Principal": {"AWS": "*"}"#), false),
        (by_token(r#""NotPrincipal": {"AWS": "000000000000"}"#), false),
        (by_token(r#""Principal": {"Federated": "accounts.example.com"}"#), false),
        (
            by_token(r#""Principal": {"Federated": "arn:aws:iam::000000000000:oidc-provider/idp.example.com/realm"}"#),
            true,
        ),
    ] {
        let forge = federated(None).await;
        register(&forge).await;
        make_role(&forge, &trust, None).await;
        let begun = with_token(&forge, &idp::good(&idp::claims())).await;
        assert_eq!(begun.is_ok(), expect, "{trust}");
        if !expect {
            denied(begun);
        }
    }
}

#[tokio::test]
async fn without_a_way_outside_nobody_is_asked() {
    let forge = testing::forge().await;
    register(&forge).await;
    let error = with_token(&forge, &idp::good(&idp::claims())).await.unwrap_err();
    assert!(matches!(error, Error::IdentityProviderUnreachable(_)), "{error}");
    let error = aws_identity::assume(&forge, &Source::default(), &request(), "x")
        .await
        .unwrap_err();
    assert!(matches!(error, Error::IdentityProviderUnreachable(_)), "{error}");
}

#[tokio::test]
async fn who_aws_knows_gets_the_role_that_trusts_them_with_our_own_action() {
    const SESSION: &str = "arn:aws:sts::123456789012:assumed-role/ci/i-1";
    let ours = |arn: &str| {
        trust(&format!(
            r#"{{"Effect": "Allow", "Principal": {{"AWS": "{arn}"}}, "Action": "packhouse:AssumeRoleWithAws"}}"#
        ))
    };
    for (who, trust, expect) in [
        (Some(SESSION), ours(SESSION), true),
        (Some(SESSION), ours("arn:aws:iam::123456789012:role/ci"), true),
        (Some(SESSION), ours("arn:aws:iam::123456789012:root"), true),
        (Some(SESSION), ours("arn:aws:iam::123456789012:role/other"), false),
        (Some(SESSION), ours("arn:aws:iam::000000000000:root"), false),
        (Some(SESSION), trust_in(SESSION), false),
        (
            Some(SESSION),
            ours(SESSION).replace("packhouse:AssumeRoleWithAws", "*"),
            false,
        ),
        (Some(SESSION), ours(SESSION).replace("AssumeRoleWithAws", "*"), false),
        (None, ours("*"), false),
    ] {
        let forge = federated(who).await;
        make_role(&forge, &trust, None).await;
        let begun = aws_identity::assume(&forge, &Source::default(), &request(), "https://sts").await;
        assert_eq!(begun.is_ok(), expect, "{who:?} {trust}: {begun:?}");
        if let Ok(begun) = begun {
            assert_eq!(begun.caller.arn, SESSION);
            assert!(caller_of(&forge, &begun.role).await.is_some());
        }
    }
}
