//! Who may do what, and how policies can bound it.

use super::*;

fn allowing(forge: &Forge, statements: &str) -> Caller {
    let document = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    testing::user(&forge.installation().account, &document)
}

#[tokio::test]
async fn who_may_not_learns_nothing_of_whether_there_is_one() {
    let forge = forge().await;
    make_user(&forge, "bob").await;
    let nobody = &allowing(&forge, r#"{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*"}"#);
    let text = async |name: &str| {
        let refused = users::get_one(&forge, nobody, &user(name)).await.unwrap_err();
        refused.to_string().replace(name, "NAME")
    };
    assert_eq!(text("bob").await, text("eve").await);
    assert_eq!(
        users::get_one(&forge, nobody, &user("bob"))
            .await
            .unwrap_err()
            .to_string(),
        "User: arn:aws:iam::000000000000:user/ana is not authorized to perform: iam:GetUser on resource: \
         arn:aws:iam::000000000000:user/bob because no identity-based policy allows the iam:GetUser action"
    );
}

#[tokio::test]
async fn a_path_bounds_whom_somebody_administers() {
    let forge = forge().await;
    let me = &caller(&forge);
    let lead = &allowing(
        &forge,
        r#"{"Effect":"Allow","Action":"iam:*","Resource":"arn:aws:iam::000000000000:user/red/*"}"#,
    );
    let red = |name: &str| users::New {
        path: path("/red/"),
        ..new_user(name)
    };
    users::create(&forge, lead, red("bob")).await.unwrap();
    assert_eq!(told(users::create(&forge, lead, new_user("eve")).await), "AccessDenied");
    make_user(&forge, "eve").await;
    assert_eq!(told(users::delete(&forge, lead, &user("eve")).await), "AccessDenied");
    // Both ARNs count: nobody is taken in, and nobody is let out.
    let out = (None, Some(path("/blue/")));
    assert_eq!(
        told(users::update(&forge, lead, &user("bob"), out).await),
        "AccessDenied"
    );
    let taken_in = (None, Some(path("/red/")));
    assert_eq!(
        told(users::update(&forge, lead, &user("eve"), taken_in).await),
        "AccessDenied"
    );
    users::update(&forge, me, &user("eve"), (None, Some(path("/red/"))))
        .await
        .unwrap();
    users::delete(&forge, lead, &user("eve")).await.unwrap();
}

const BOUNDARY: &str = "arn:aws:iam::aws:policy/AWSCodeCommitReadOnly";

#[tokio::test]
async fn a_boundary_can_be_demanded() {
    let forge = forge().await;
    make_user(&forge, "free").await;
    let lead = &allowing(
        &forge,
        &format!(
            r#"{{"Effect":"Allow","Action":["iam:CreateUser","iam:CreateRole","iam:PutUserPolicy","iam:AttachUserPolicy",
                 "iam:DetachUserPolicy","iam:DeleteUserPolicy","iam:PutUserPermissionsBoundary"],"Resource":"*",
                 "Condition":{{"StringEquals":{{"iam:PermissionsBoundary":"{BOUNDARY}"}}}}}}"#
        ),
    );
    let bounded = |name: &str, by: Option<&str>| users::New {
        boundary: by.map(str::to_owned),
        ..new_user(name)
    };
    let other = "arn:aws:iam::aws:policy/AdministratorAccess";
    for by in [None, Some(other)] {
        assert_eq!(
            told(users::create(&forge, lead, bounded("bob", by)).await),
            "AccessDenied"
        );
    }
    users::create(&forge, lead, bounded("bob", Some(BOUNDARY)))
        .await
        .unwrap();
    assert_eq!(told(roles::create(&forge, lead, new_role("ci")).await), "AccessDenied");
    let inline = &named(Identity::Policy, "all");
    let outcomes = async |name: &str| {
        let name = &user(name);
        let whom = (Holder::User, name);
        [
            inline_policies::put(&forge, lead, whom, (inline, EVERYTHING))
                .await
                .is_ok(),
            inline_policies::delete(&forge, lead, whom, inline).await.is_ok(),
            attachments::attach(&forge, lead, whom, other).await.is_ok(),
            attachments::detach(&forge, lead, whom, other).await.is_ok(),
            attachments::set_boundary(&forge, lead, whom, Some(BOUNDARY))
                .await
                .is_ok(),
            attachments::set_boundary(&forge, lead, whom, Some(other)).await.is_ok(),
            attachments::set_boundary(&forge, lead, whom, None).await.is_ok(),
        ]
    };
    assert_eq!(outcomes("bob").await, [true, true, true, true, true, false, false]);
    assert_eq!(outcomes("free").await, [false, false, false, false, true, false, false]);
}

#[tokio::test]
async fn the_policies_that_somebody_attaches_can_be_named() {
    let forge = forge().await;
    make_user(&forge, "bob").await;
    let lead = &allowing(
        &forge,
        &format!(
            r#"{{"Effect":"Allow","Action":["iam:AttachUserPolicy","iam:DetachUserPolicy"],"Resource":"*",
                 "Condition":{{"ArnEquals":{{"iam:PolicyARN":"{BOUNDARY}"}}}}}}"#
        ),
    );
    let whom = (Holder::User, &user("bob"));
    attachments::attach(&forge, lead, whom, BOUNDARY).await.unwrap();
    attachments::detach(&forge, lead, whom, BOUNDARY).await.unwrap();
    let other = "arn:aws:iam::aws:policy/AdministratorAccess";
    assert_eq!(
        told(attachments::attach(&forge, lead, whom, other).await),
        "AccessDenied"
    );
    // A policy that there is not is no way to learn anything either.
    let none = policy_arn("none");
    assert_eq!(
        told(attachments::attach(&forge, lead, whom, &none).await),
        "AccessDenied"
    );
}

#[tokio::test]
async fn tags_that_are_given_are_permitted_too() {
    let forge = forge().await;
    let lead = &allowing(
        &forge,
        r#"{"Effect":"Allow","Action":"iam:CreateUser","Resource":"*"},
           {"Effect":"Allow","Action":["iam:TagUser","iam:UntagUser"],"Resource":"*","Condition":{
              "StringEquals":{"aws:RequestTag/team":"red"},"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}},
           {"Effect":"Allow","Action":"iam:DeleteUser","Resource":"*","Condition":{"StringEquals":{"iam:ResourceTag/team":"red"}}}"#,
    );
    let tagged = |name: &str, tags: &[(&str, &str)]| users::New {
        tags: tags
            .iter()
            .map(|(key, value)| ((*key).into(), (*value).into()))
            .collect(),
        ..new_user(name)
    };
    users::create(&forge, lead, tagged("plain", &[])).await.unwrap();
    users::create(&forge, lead, tagged("bob", &[("team", "red")]))
        .await
        .unwrap();
    for tags in [&[("team", "blue")][..], &[("team", "red"), ("x", "y")]] {
        assert_eq!(
            told(users::create(&forge, lead, tagged("eve", tags)).await),
            "AccessDenied"
        );
    }
    assert_eq!(told(users::delete(&forge, lead, &user("plain")).await), "AccessDenied");
    users::delete(&forge, lead, &user("bob")).await.unwrap();
}
