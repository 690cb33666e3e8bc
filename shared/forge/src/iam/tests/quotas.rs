//! Quotas, and other things that are refused.

use super::*;

/// A document that counts so many characters.
fn document_of(characters: usize) -> String {
    let frame = EVERYTHING.replace("\"*\",\"Resource", "\"a:\",\"Resource");
    let filler = "b".repeat(characters - frame.len());
    frame.replace("\"a:\"", &format!("\"a:{filler}\""))
}

#[tokio::test]
async fn a_user_is_in_ten_groups_at_most() {
    let forge = forge().await;
    make_user(&forge, "bob").await;
    for number in 0..11 {
        make_group(&forge, &format!("g{number}")).await;
    }
    let join = async |number: usize| {
        let group = group(&format!("g{number}"));
        groups::add_user(&forge, &caller(&forge), &group, &user("bob")).await
    };
    for number in 0..10 {
        join(number).await.unwrap();
    }
    join(3).await.unwrap();
    assert_eq!(
        told(join(10).await),
        "LimitExceeded: Cannot exceed quota for GroupsPerUser: 10"
    );
}

#[tokio::test]
async fn ten_policies_are_attached_to_one_at_most() {
    let forge = forge().await;
    make_group(&forge, "devs").await;
    let attach = async |number: usize| {
        let whom = (Holder::Group, &group("devs"));
        attachments::attach(&forge, &caller(&forge), whom, &policy_arn(&format!("p{number}"))).await
    };
    for number in 0..11 {
        make_policy(&forge, &format!("p{number}")).await;
    }
    for number in 0..10 {
        attach(number).await.unwrap();
    }
    attach(3).await.unwrap();
    assert_eq!(
        told(attach(10).await),
        "LimitExceeded: Cannot exceed quota for PoliciesPerGroup: 10"
    );
}

#[tokio::test]
async fn inline_policies_count_together_and_without_white_space() {
    let forge = forge().await;
    let me = &caller(&forge);
    make_user(&forge, "bob").await;
    make_group(&forge, "devs").await;
    roles::create(&forge, me, new_role("ci")).await.unwrap();
    let rows = [
        (Holder::User, "bob", 2048, "UserPolicySize"),
        (Holder::Group, "devs", 5120, "GroupPolicySize"),
        (Holder::Role, "ci", 10_240, "RolePolicySize"),
    ];
    for (holder, name, limit, quota) in rows {
        let name = named(holder.kind(), name);
        let put = async |policy: &str, document: String| {
            let policy = named(Identity::Policy, policy);
            inline_policies::put(&forge, me, (holder, &name), (&policy, &document)).await
        };
        let (half, rest) = (limit / 2, limit - limit / 2);
        put("a", document_of(half)).await.unwrap();
        put("b", format!("  {}\n", document_of(rest))).await.unwrap();
        put("b", document_of(rest)).await.unwrap();
        let exceeded = format!("LimitExceeded: Cannot exceed quota for {quota}: {limit}");
        assert_eq!(told(put("b", document_of(rest + 1)).await), exceeded);
        assert_eq!(told(put("c", EVERYTHING.to_owned()).await), exceeded);
    }
}

#[tokio::test]
async fn white_space_does_not_make_policies_grow_without_bound() {
    let forge = forge().await;
    let me = &caller(&forge);
    roles::create(&forge, me, new_role("ci")).await.unwrap();
    let wide = format!("{EVERYTHING}{}", " ".repeat(20_000));
    let mut outcomes = Vec::new();
    for number in 0..4 {
        let policy = named(Identity::Policy, &format!("p{number}"));
        let whom = (Holder::Role, &role("ci"));
        outcomes.push(inline_policies::put(&forge, me, whom, (&policy, &wide)).await.is_ok());
    }
    assert_eq!(outcomes, [true, true, true, false]);
}

#[tokio::test]
async fn a_policy_has_five_versions_at_most_and_numbers_are_not_used_again() {
    let forge = forge().await;
    let me = &caller(&forge);
    make_policy(&forge, "reader").await;
    let arn = &policy_arn("reader");
    let add = async || policies::create_version(&forge, me, arn, (EVERYTHING.to_owned(), false)).await;
    for number in 2..=5 {
        assert_eq!(add().await.unwrap().id, format!("v{number}"));
    }
    assert_eq!(
        told(add().await),
        "LimitExceeded: Cannot exceed quota for VersionsPerPolicy: 5"
    );
    policies::delete_version(&forge, me, arn, "v5").await.unwrap();
    assert_eq!(add().await.unwrap().id, "v6");
    let refused = policies::delete_version(&forge, me, arn, "v1").await;
    assert_eq!(
        told(refused),
        "DeleteConflict: Cannot delete entity, it is the default version of the policy."
    );
    policies::set_default_version(&forge, me, arn, "v3").await.unwrap();
    policies::delete_version(&forge, me, arn, "v1").await.unwrap();
    let page = policies::list_versions(&forge, me, arn, &Paging::default())
        .await
        .unwrap();
    let ids: Vec<&str> = page.items.iter().map(|version| version.id.as_str()).collect();
    assert_eq!(ids, ["v6", "v4", "v3", "v2"]);
    let size = policies::create(
        &forge,
        me,
        policies::New {
            document: document_of(6145),
            ..new_policy("large")
        },
    );
    assert_eq!(
        told(size.await),
        "LimitExceeded: Cannot exceed quota for PolicySize: 6144"
    );
}

#[tokio::test]
async fn what_aws_manages_is_attached_and_never_changed() {
    let forge = forge().await;
    let me = &caller(&forge);
    let arn = "arn:aws:iam::aws:policy/AdministratorAccess";
    let policy = policies::get_one(&forge, me, arn).await.unwrap();
    assert_eq!(
        (policy.name.as_str(), policy.arn.as_str()),
        ("AdministratorAccess", arn)
    );
    let text = (EVERYTHING.to_owned(), true);
    assert_eq!(
        told(policies::create_version(&forge, me, arn, text).await),
        "AccessDenied"
    );
    assert_eq!(told(policies::delete(&forge, me, arn).await), "AccessDenied");
    assert_eq!(
        told(policies::set_default_version(&forge, me, arn, "v1").await),
        "AccessDenied"
    );
    let tags = vec![("a".into(), "b".into())];
    let tagged = tags::tag(&forge, me, tags::Tagged::Policy(arn), tags).await;
    assert!(told(tagged).starts_with("NoSuchEntity"));
}

#[tokio::test]
async fn tags_are_the_same_whatever_their_case() {
    let forge = forge().await;
    let me = &caller(&forge);
    make_user(&forge, "bob").await;
    let bob = &user("bob");
    let tag = async |tags: &[(&str, &str)]| {
        let tags = tags
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        tags::tag(&forge, me, tags::Tagged::User(bob), tags).await
    };
    tag(&[("Team", "red"), ("size", "")]).await.unwrap();
    tag(&[("team", "blue")]).await.unwrap();
    let found = users::get_one(&forge, me, bob).await.unwrap().tags;
    let found: Vec<(&str, &str)> = found
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    assert_eq!(found, [("size", ""), ("team", "blue")]);
    assert!(told(tag(&[("a", "1"), ("A", "2")]).await).contains("Duplicate tag keys"));
    assert!(told(tag(&[("aws:x", "1")]).await).starts_with("InvalidInput"));
    assert!(told(tag(&[("", "1")]).await).starts_with("InvalidInput"));
    let many: Vec<(String, String)> = (0..49).map(|at| (format!("k{at}"), String::new())).collect();
    let outcome = tags::tag(&forge, me, tags::Tagged::User(bob), many).await;
    assert_eq!(
        told(outcome),
        "LimitExceeded: Cannot exceed quota for TagsPerEntity: 50"
    );
    tags::untag(&forge, me, tags::Tagged::User(bob), &["TEAM", "none"])
        .await
        .unwrap();
    assert_eq!(users::get_one(&forge, me, bob).await.unwrap().tags.len(), 1);
}

#[tokio::test]
async fn a_large_group_keeps_its_name() {
    let forge = forge().await;
    let me = &caller(&forge);
    make_group(&forge, "devs").await;
    for number in 0..33 {
        let name = format!("u{number}");
        make_user(&forge, &name).await;
        groups::add_user(&forge, me, &group("devs"), &user(&name))
            .await
            .unwrap();
    }
    let renamed = groups::update(&forge, me, &group("devs"), (Some(group("ops")), None)).await;
    assert!(told(renamed).starts_with("LimitExceeded"));
    groups::update(&forge, me, &group("devs"), (None, Some(path("/big/"))))
        .await
        .unwrap();
    groups::remove_user(&forge, me, &group("devs"), &user("u7"))
        .await
        .unwrap();
    groups::update(&forge, me, &group("devs"), (Some(group("ops")), None))
        .await
        .unwrap();
    check_consistent(&forge, "a group of 32").await;
}

#[tokio::test]
async fn documents_and_descriptions_are_checked() {
    let forge = forge().await;
    let me = &caller(&forge);
    let bad = policies::New {
        document: "{}".to_owned(),
        ..new_policy("bad")
    };
    assert!(told(policies::create(&forge, me, bad).await).starts_with("MalformedPolicyDocument"));
    let bad = roles::New {
        trust: EVERYTHING.to_owned(),
        ..new_role("bad")
    };
    assert!(told(roles::create(&forge, me, bad).await).starts_with("MalformedPolicyDocument"));
    for seconds in [3599, 43_201] {
        let bad = roles::New {
            max_session: Some(seconds),
            ..new_role("bad")
        };
        assert!(told(roles::create(&forge, me, bad).await).starts_with("InvalidInput"));
    }
    let bad = roles::New {
        description: Some("x".repeat(1001)),
        ..new_role("bad")
    };
    assert!(told(roles::create(&forge, me, bad).await).starts_with("InvalidInput"));
    let bad = policies::New {
        path: path("/a#b/"),
        ..new_policy("bad")
    };
    assert!(told(policies::create(&forge, me, bad).await).starts_with("InvalidInput"));
    for arn in [
        "",
        "reader",
        "arn:aws:iam::000000000000:user/bob",
        "arn:aws:s3:::policy/x",
    ] {
        assert!(
            told(policies::get_one(&forge, me, arn).await).starts_with("InvalidInput"),
            "{arn}"
        );
    }
    make_policy(&forge, "reader").await;
    for arn in [
        policy_arn("Reader"),
        policy_arn("x/reader"),
        policy_arn(""),
        policy_arn("re#der"),
        "arn:aws:iam::000000000001:policy/reader".to_owned(),
        "arn:aws-cn:iam::aws:policy/AdministratorAccess".to_owned(),
        "arn:aws:iam::aws:policy/x/AdministratorAccess".to_owned(),
    ] {
        assert!(
            told(policies::get_one(&forge, me, &arn).await).starts_with("NoSuchEntity"),
            "{arn}"
        );
    }
}
