//! Lists and their pages.

use super::*;
use crate::iam::account::{self, Entry, Filter};
use crate::iam::paging::Page;
use crate::iam::policies::{Scope, Usage};

fn paging(marker: Option<&str>, max: u32) -> Paging {
    Paging::new(marker, Some(max)).unwrap()
}

/// All pages of a list, each with so many items, as the names on them.
macro_rules! pages {
    ($max:expr, |$paging:ident| $list:expr, |$item:ident| $name:expr) => {{
        let (mut all, mut marker): (Vec<Vec<String>>, Option<String>) = (Vec::new(), None);
        loop {
            let $paging = &paging(marker.as_deref(), $max);
            let page = $list.await.unwrap();
            all.push(page.items.iter().map(|$item| $name.clone()).collect());
            marker = page.marker;
            if marker.is_none() {
                break all;
            }
        }
    }};
}

#[tokio::test]
async fn pages_hold_what_was_asked_for_and_all_is_on_one_of_them() {
    let forge = forge().await;
    let me = &caller(&forge);
    for name in ["eve", "Bob", "dan", "al", "cy"] {
        make_user(&forge, name).await;
    }
    let list = pages!(2, |paging| users::list(&forge, me, "/", paging), |user| user.name);
    assert_eq!(list, [vec!["al", "Bob"], vec!["cy", "dan"], vec!["eve"]]);
    let list = pages!(5, |paging| users::list(&forge, me, "/", paging), |user| user.name);
    assert_eq!(list.len(), 1);
    users::update(&forge, me, &user("cy"), (None, Some(path("/red/"))))
        .await
        .unwrap();
    users::update(&forge, me, &user("eve"), (None, Some(path("/red/x/"))))
        .await
        .unwrap();
    let list = pages!(1, |paging| users::list(&forge, me, "/red/", paging), |user| user.name);
    assert_eq!(list, [["cy"], ["eve"]]);
    let page = users::list(&forge, me, "/", &paging(None, 2)).await.unwrap();
    let marker = page.marker.as_deref();
    assert!(users::list(&forge, me, "/red/", &paging(marker, 2)).await.is_err());
    assert!(groups::list(&forge, me, "/", &paging(marker, 2)).await.is_err());
    assert!(users::list(&forge, me, "/", &paging(Some("x"), 2)).await.is_err());
    for max in [0, 1001] {
        assert!(Paging::new(None, Some(max)).is_err());
    }
}

#[tokio::test]
async fn policies_of_aws_come_before_those_of_the_account() {
    let forge = forge().await;
    let me = &caller(&forge);
    for name in ["b", "a"] {
        make_policy(&forge, name).await;
    }
    make_user(&forge, "bob").await;
    let ours = "arn:aws:iam::aws:policy/IAMUserSSHKeys";
    attachments::attach(&forge, me, (Holder::User, &user("bob")), ours)
        .await
        .unwrap();
    attachments::set_boundary(&forge, me, (Holder::User, &user("bob")), Some(&policy_arn("a")))
        .await
        .unwrap();
    let list = async |scope, used, max| {
        pages!(
            max,
            |paging| policies::list(&forge, me, (scope, "/"), used, paging),
            |policy| policy.name
        )
    };
    let all = list(Scope::All, (false, None), 1000).await;
    assert_eq!(all.len(), 1);
    let all = all.concat();
    assert_eq!(all[all.len() - 2..], ["a", "b"]);
    for max in 1..=12 {
        let pages = list(Scope::All, (false, None), max).await;
        assert!(pages.iter().all(|page| page.len() <= usize::try_from(max).unwrap()));
        assert_eq!(pages.concat(), all, "{max}");
    }
    assert_eq!(list(Scope::Local, (false, None), 1).await.concat(), ["a", "b"]);
    assert_eq!(list(Scope::Aws, (false, None), 3).await.concat(), all[..all.len() - 2]);
    assert_eq!(
        list(Scope::All, (true, None), 3).await.concat(),
        ["IAMUserSSHKeys", "a"]
    );
    let permissions = (false, Some(Usage::Permissions));
    assert_eq!(list(Scope::All, permissions, 3).await.concat(), ["IAMUserSSHKeys"]);
    let boundaries = (false, Some(Usage::Boundary));
    assert_eq!(list(Scope::All, boundaries, 3).await.concat(), ["a"]);
    let counted = policies::get_one(&forge, me, &policy_arn("a")).await.unwrap();
    assert_eq!((counted.attachments, counted.boundaries), (0, 1));
}

#[tokio::test]
async fn those_to_whom_a_policy_is_attached_are_found() {
    let forge = forge().await;
    let me = &caller(&forge);
    make_policy(&forge, "p").await;
    make_policy(&forge, "p2").await;
    let arn = &policy_arn("p");
    make_user(&forge, "Bob").await;
    make_group(&forge, "devs").await;
    roles::create(&forge, me, new_role("ci")).await.unwrap();
    let bob = user("bob");
    attachments::attach(&forge, me, (Holder::User, &bob), arn)
        .await
        .unwrap();
    attachments::set_boundary(&forge, me, (Holder::User, &bob), Some(arn))
        .await
        .unwrap();
    attachments::attach(&forge, me, (Holder::Group, &group("devs")), arn)
        .await
        .unwrap();
    attachments::set_boundary(&forge, me, (Holder::Role, &role("ci")), Some(arn))
        .await
        .unwrap();
    let check = async |holder, usage, prefix: &str, expect: [&[&str]; 3]| {
        let wanted = (holder, prefix, usage);
        let page = policies::entities(&forge, me, arn, wanted, &Paging::default())
            .await
            .unwrap();
        let all = page.items.first().cloned().unwrap();
        let names = |list: &[policies::Entity]| list.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
        let found = [names(&all.groups), names(&all.users), names(&all.roles)];
        assert_eq!(found, expect.map(<[&str]>::to_vec), "{holder:?} {usage:?} {prefix}");
    };
    check(None, None, "/", [&["devs"], &["Bob"], &["ci"]]).await;
    check(None, Some(Usage::Boundary), "/", [&[], &["Bob"], &["ci"]]).await;
    check(None, Some(Usage::Permissions), "/", [&["devs"], &["Bob"], &[]]).await;
    check(Some(Holder::Group), None, "/", [&["devs"], &[], &[]]).await;
    check(None, None, "/x/", [&[], &[], &[]]).await;
}

#[tokio::test]
async fn the_details_show_everything_once() {
    let forge = forge().await;
    let me = &caller(&forge);
    make_user(&forge, "bob").await;
    make_group(&forge, "devs").await;
    make_policy(&forge, "p").await;
    roles::create(&forge, me, new_role("ci")).await.unwrap();
    groups::add_user(&forge, me, &group("devs"), &user("bob"))
        .await
        .unwrap();
    let ours = "arn:aws:iam::aws:policy/IAMUserSSHKeys";
    attachments::attach(&forge, me, (Holder::User, &user("bob")), ours)
        .await
        .unwrap();
    let inline = named(Identity::Policy, "in");
    inline_policies::put(&forge, me, (Holder::User, &user("bob")), (&inline, EVERYTHING))
        .await
        .unwrap();
    let name = |entry: &Entry| match entry {
        Entry::User(user) => format!("{} {:?} {:?}", user.of.name, user.groups, user.attached[0].name),
        Entry::Group(group) => group.of.name.clone(),
        Entry::Role(role) => role.of.name.clone(),
        Entry::Policy(policy, versions) => format!("{} {}", policy.name, versions.len()),
    };
    let list = async |filter: &[Filter], max| {
        pages!(
            max,
            |paging| account::authorization_details(&forge, me, filter, paging),
            |entry| name(entry)
        )
        .concat()
    };
    let all = [
        "bob [\"devs\"] \"IAMUserSSHKeys\"",
        "devs",
        "ci",
        "p 1",
        "IAMUserSSHKeys 1",
    ];
    for max in [1, 2, 3, 100] {
        assert_eq!(list(&[], max).await, all, "{max}");
        assert_eq!(list(&[Filter::Role, Filter::Group], max).await, all[1..3], "{max}");
    }
    let summary: BTreeMap<_, _> = account::summary(&forge, me).await.unwrap().into_iter().collect();
    for (name, count) in [
        ("Users", 1),
        ("Groups", 1),
        ("Roles", 1),
        ("Policies", 1),
        ("MFADevices", 0),
    ] {
        assert_eq!(summary[name], count, "{name}");
    }
}

#[tokio::test]
async fn lists_in_a_record_are_paged_too() {
    let forge = forge().await;
    let me = &caller(&forge);
    make_user(&forge, "bob").await;
    let bob = &user("bob");
    for name in ["c", "a", "b"] {
        let policy = named(Identity::Policy, name);
        inline_policies::put(&forge, me, (Holder::User, bob), (&policy, EVERYTHING))
            .await
            .unwrap();
        make_policy(&forge, name).await;
        attachments::attach(&forge, me, (Holder::User, bob), &policy_arn(name))
            .await
            .unwrap();
        make_group(&forge, name).await;
        groups::add_user(&forge, me, &group(name), bob).await.unwrap();
        let tag = vec![(name.to_owned(), String::new())];
        tags::tag(&forge, me, tags::Tagged::User(bob), tag).await.unwrap();
    }
    let expect = [vec!["a", "b"], vec!["c"]];
    let whom = (Holder::User, bob);
    let inline = pages!(2, |paging| inline_policies::list(&forge, me, whom, paging), |name| name);
    assert_eq!(inline, expect);
    let attached = pages!(2, |paging| attachments::list(&forge, me, whom, "/", paging), |one| one
        .name);
    assert_eq!(attached, expect);
    let groups_of = pages!(2, |paging| groups::list_for_user(&forge, me, bob, paging), |one| one
        .name);
    assert_eq!(groups_of, expect);
    let tagged = pages!(
        2,
        |paging| tags::list(&forge, me, tags::Tagged::User(bob), paging),
        |tag| tag.0
    );
    assert_eq!(tagged, expect);
    let members: Page<users::User> = groups::get_one(&forge, me, &group("a"), &Paging::default())
        .await
        .unwrap()
        .1;
    assert_eq!(members.items[0].name, "bob");
}
