use super::*;
use crate::iam::tags;
use crate::testing;

const URL: &str = "https://idp.example.com:8443/realm";

fn new(client_ids: &[&str]) -> NewProvider {
    NewProvider {
        issuer: Issuer::new(URL).unwrap(),
        client_ids: client_ids.iter().map(|&id| id.to_owned()).collect(),
        thumbprints: Vec::new(),
        tags: vec![("team".to_owned(), "a".to_owned())],
    }
}

async fn with_provider() -> (Forge, Caller, String) {
    let forge = testing::forge().await;
    let admin = testing::administrator(&forge.installation().account);
    let arn = create(&forge, &admin, new(&["one", "two", "one"])).await.unwrap();
    (forge, admin, arn)
}

#[tokio::test]
async fn a_provider_is_made_changed_and_removed() {
    let (forge, admin, arn) = with_provider().await;
    let account = &forge.installation().account;
    assert_eq!(
        arn,
        format!("arn:aws:iam::{account}:oidc-provider/idp.example.com:8443/realm")
    );
    let provider = get(&forge, &admin, &arn).await.unwrap();
    assert_eq!(provider.url, "idp.example.com:8443/realm");
    assert_eq!(provider.client_ids, ["one", "two"]);
    let twice = create(&forge, &admin, new(&[])).await;
    assert!(matches!(twice, Err(Error::EntityAlreadyExists { .. })));

    add_client_id(&forge, &admin, &arn, "three").await.unwrap();
    add_client_id(&forge, &admin, &arn, "three").await.unwrap();
    remove_client_id(&forge, &admin, &arn, "one").await.unwrap();
    remove_client_id(&forge, &admin, &arn, "one").await.unwrap();
    let print = "0123456789abcdef0123456789ABCDEF01234567".to_owned();
    update_thumbprints(&forge, &admin, &arn, std::slice::from_ref(&print))
        .await
        .unwrap();
    let provider = get(&forge, &admin, &arn).await.unwrap();
    assert_eq!(provider.client_ids, ["two", "three"]);
    assert_eq!(provider.thumbprints, [print]);
    assert_eq!(list(&forge, &admin).await.unwrap(), [arn.as_str()]);

    delete(&forge, &admin, &arn).await.unwrap();
    assert!(matches!(
        get(&forge, &admin, &arn).await,
        Err(Error::NoSuchEntity { .. })
    ));
    assert_eq!(list(&forge, &admin).await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn limits_are_kept() {
    let (forge, admin, arn) = with_provider().await;
    for bad in ["", &"c".repeat(256)] {
        let added = add_client_id(&forge, &admin, &arn, bad).await;
        assert!(matches!(added, Err(Error::InvalidInput(_))), "{bad}");
    }
    for at in 2..MAX_CLIENT_IDS {
        add_client_id(&forge, &admin, &arn, &at.to_string()).await.unwrap();
    }
    let added = add_client_id(&forge, &admin, &arn, "more").await;
    assert!(matches!(added, Err(Error::LimitExceeded { limit: 100, .. })));
    let prints = |count, print: &str| vec![print.to_owned(); count];
    let good = "0".repeat(40);
    for bad in [prints(6, &good), prints(1, "0"), prints(1, &"g".repeat(40))] {
        let updated = update_thumbprints(&forge, &admin, &arn, &bad).await;
        assert!(matches!(updated, Err(Error::InvalidInput(_))), "{bad:?}");
    }
}

#[tokio::test]
async fn other_arns_name_no_provider() {
    let (forge, admin, arn) = with_provider().await;
    for other in [
        arn.replace("000000000000", "111111111111"),
        arn.replace("oidc-provider", "user"),
        format!("{arn}/x"),
        arn.replace("/realm", "/Realm"),
        "x".repeat(5000),
        String::new(),
    ] {
        let found = get(&forge, &admin, &other).await;
        assert!(matches!(found, Err(Error::NoSuchEntity { .. })), "{other}");
    }
}

/// A name is found whatever its case is, but what a policy says of an ARN, it says of that one.
#[tokio::test]
async fn tags_are_changed_under_the_arn_that_is_judged() {
    use crate::directory::names::IdentityName;
    use crate::iam::tags::Tagged;
    let (forge, admin, arn) = with_provider().await;
    let upper = arn.replace("/realm", "/REALM");
    let given = || vec![("team".to_owned(), "b".to_owned())];
    let refused = tags::tag(&forge, &admin, Tagged::OidcProvider(&upper), given()).await;
    assert!(matches!(refused, Err(Error::NoSuchEntity { .. })), "{refused:?}");
    assert_eq!(get(&forge, &admin, &arn).await.unwrap().tags["team"], "a");
    tags::tag(&forge, &admin, Tagged::OidcProvider(&arn), given())
        .await
        .unwrap();
    assert_eq!(get(&forge, &admin, &arn).await.unwrap().tags["team"], "b");

    testing::make_user(&forge, "ben", None).await;
    let not_ben = testing::user(
        &forge.installation().account,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"},
            {"Effect":"Deny","Action":"iam:TagUser","Resource":"arn:aws:iam::*:user/ben"}]}"#,
    );
    for name in ["ben", "BEN"] {
        let name = IdentityName::new(Identity::User, name).unwrap();
        let refused = tags::tag(&forge, &not_ben, Tagged::User(&name), given()).await;
        assert!(
            matches!(refused, Err(Error::AccessDenied { .. })),
            "{name}: {refused:?}"
        );
    }
}
