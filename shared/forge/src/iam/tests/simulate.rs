//! Simulations.

use super::*;
use crate::iam::simulate::{Evaluation, Simulation, custom, principal};
use crate::policy::{Layer, Outcome};

const PULL: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Sid":"Pull","Effect":"Allow","Action":"codecommit:GitPull","Resource":"arn:aws:codecommit:*:*:${aws:username}-*"},
    {"Effect":"Deny","Action":"codecommit:DeleteRepository","Resource":"*"}]}"#;

fn asked(actions: &[&str], resources: &[&str]) -> Simulation {
    let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
    Simulation {
        actions: owned(actions),
        resources: owned(resources),
        ..Simulation::default()
    }
}

async fn simulated(forge: &Forge, arn: &str, asked: &Simulation) -> Vec<Evaluation> {
    let page = principal(forge, &caller(forge), arn, asked, &Paging::default()).await;
    page.unwrap().items
}

#[tokio::test]
async fn a_users_own_policies_those_of_its_groups_and_its_boundary_count() {
    let forge = forge().await;
    let me = &caller(&forge);
    make_user(&forge, "bob").await;
    make_group(&forge, "devs").await;
    let bob = (Holder::User, &user("bob"));
    groups::add_user(&forge, me, &group("devs"), &user("bob"))
        .await
        .unwrap();
    let pull = named(Identity::Policy, "pull");
    inline_policies::put(&forge, me, (Holder::Group, &group("devs")), (&pull, PULL))
        .await
        .unwrap();
    let everything = "arn:aws:iam::aws:policy/AdministratorAccess";
    let arn = "arn:aws:iam::000000000000:user/bob";
    let repository = "arn:aws:codecommit:us-east-1:000000000000:bob-tools";
    let actions = &[
        "codecommit:GitPull",
        "codecommit:GitPush",
        "codecommit:DeleteRepository",
    ];
    let summary = async || {
        let all = simulated(&forge, arn, &asked(actions, &[repository])).await;
        let told = all.into_iter().map(|one| {
            let source = one
                .matched
                .map_or(String::new(), |source| format!("{} ({})", source.id, source.kind));
            (one.outcome, source, one.within_boundary)
        });
        told.collect::<Vec<_>>()
    };
    let (allowed, by_group) = (Outcome::Allowed, "group_devs_pull (group)".to_owned());
    let denied = (Outcome::ExplicitlyDenied(Layer::Identity), by_group.clone());
    let rows = summary().await;
    assert_eq!(rows[0], (allowed, by_group.clone(), None));
    assert_eq!(
        rows[1],
        (Outcome::ImplicitlyDenied(Layer::Identity), String::new(), None)
    );
    assert_eq!(rows[2], (denied.0, denied.1.clone(), None));
    attachments::attach(&forge, me, bob, everything).await.unwrap();
    assert_eq!(
        summary().await[1],
        (allowed, "AdministratorAccess (aws-managed)".into(), None)
    );
    let boundary = "arn:aws:iam::aws:policy/AWSCodeCommitReadOnly";
    attachments::set_boundary(&forge, me, bob, Some(boundary))
        .await
        .unwrap();
    let rows = summary().await;
    assert_eq!(
        rows[1],
        (Outcome::ImplicitlyDenied(Layer::Boundary), String::new(), Some(false))
    );
    assert_eq!((rows[0].0, rows[0].2), (allowed, Some(true)));
    let why = &simulated(&forge, arn, &asked(actions, &[repository])).await[2].explanation;
    assert!(why.contains("the inline policy pull of group devs"), "{why}");
}

#[tokio::test]
async fn documents_and_keys_that_are_given_count() {
    let forge = forge().await;
    let me = &caller(&forge);
    let simulation = Simulation {
        context: vec![("aws:UserName".to_owned(), vec!["eve".to_owned()])],
        policies: vec![PULL.to_owned()],
        ..asked(
            &["codecommit:GitPull"],
            &["arn:aws:codecommit:us-east-1:000000000000:eve-x", "*"],
        )
    };
    let all = custom(&forge, me, &simulation, &Paging::default()).await.unwrap().items;
    let outcomes: Vec<_> = all.iter().map(|one| (one.resource.as_str(), one.outcome)).collect();
    let nothing = Outcome::ImplicitlyDenied(Layer::Identity);
    assert_eq!(
        outcomes,
        [(simulation.resources[0].as_str(), Outcome::Allowed), ("*", nothing)]
    );
    assert_eq!(all[0].matched.as_ref().unwrap().id, "PolicyInputList.1");
    let bad = Simulation {
        policies: vec!["{}".to_owned()],
        ..simulation
    };
    assert!(told(custom(&forge, me, &bad, &Paging::default()).await).contains("PolicyInputList.1"));
}

#[tokio::test]
async fn simulations_are_paged_and_bounded() {
    let forge = forge().await;
    let me = &caller(&forge);
    let names: Vec<String> = (0..101).map(|at| format!("a:b{at}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let simulation = asked(&names, &names[..99]);
    let paging = Paging::new(None, Some(100)).unwrap();
    let first = custom(&forge, me, &simulation, &paging).await.unwrap();
    let paging = Paging::new(first.marker.as_deref(), Some(100)).unwrap();
    let second = custom(&forge, me, &simulation, &paging).await.unwrap();
    assert_eq!(
        (second.items[0].action.as_str(), second.items[0].resource.as_str()),
        ("a:b1", "a:b1")
    );
    let too_many = asked(&names, &names);
    assert!(told(custom(&forge, me, &too_many, &Paging::default()).await).starts_with("InvalidInput"));
}

#[tokio::test]
async fn only_those_that_there_are_can_be_simulated() {
    let forge = forge().await;
    let me = &caller(&forge);
    let simulation = asked(&["a:b"], &[]);
    make_user(&forge, "eve").await;
    for (arn, code) in [
        ("arn:aws:iam::000000000000:user/bob", "NoSuchEntity"),
        ("arn:aws:iam::000000000000:user/EVE", "NoSuchEntity"),
        ("arn:aws:iam::000000000000:policy/x", "InvalidInput"),
        ("bob", "InvalidInput"),
    ] {
        let outcome = principal(&forge, me, arn, &simulation, &Paging::default()).await;
        assert!(told(outcome).starts_with(code), "{arn}");
    }
}

#[tokio::test]
async fn what_is_simulated_is_of_bounded_size() {
    let forge = forge().await;
    let me = &caller(&forge);
    let long = |letters: usize| format!("a:{}", "b".repeat(letters - 2));
    let document = |statements: usize| {
        let statement = r#"{"Effect":"Allow","Action":"a:b","Resource":"*"}"#;
        let statements = vec![statement; statements].join(",");
        format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)
    };
    let base = Simulation {
        policies: vec![PULL.to_owned()],
        ..asked(&["a:b"], &["*"])
    };
    let with = |change: &dyn Fn(&mut Simulation)| {
        let mut simulation = base.clone();
        change(&mut simulation);
        simulation
    };
    let key = |key: String, values: Vec<String>| with(&|asked| asked.context = vec![(key.clone(), values.clone())]);
    let thousand = |actions: usize| {
        with(&|asked| {
            asked.policies = vec![document(120); 20];
            asked.actions = (0..actions).map(|at| format!("a:b{at}")).collect();
        })
    };
    let paging = Paging::new(None, Some(1000)).unwrap();
    for (what, good, bad) in [
        (
            "action",
            with(&|asked| asked.actions = vec![long(128)]),
            with(&|asked| asked.actions = vec![long(129)]),
        ),
        (
            "resource",
            with(&|asked| asked.resources = vec![long(2048)]),
            with(&|asked| asked.resources = vec![long(2049)]),
        ),
        (
            "key",
            key(long(256), vec!["v".into()]),
            key(long(257), vec!["v".into()]),
        ),
        (
            "value",
            key("a:k".into(), vec![long(2048)]),
            key("a:k".into(), vec![long(2049)]),
        ),
        (
            "values",
            key("a:k".into(), vec!["v".into(); 1000]),
            key("a:k".into(), vec!["v".into(); 1001]),
        ),
        (
            "document",
            with(&|asked| asked.policies = vec![document(124)]),
            with(&|asked| asked.policies = vec![document(125)]),
        ),
        (
            "documents",
            with(&|asked| asked.policies = vec![PULL.to_owned(); 20]),
            with(&|asked| asked.policies = vec![PULL.to_owned(); 21]),
        ),
        ("statements", thousand(416), thousand(417)),
    ] {
        let (good, bad) = (
            custom(&forge, me, &good, &paging).await,
            custom(&forge, me, &bad, &paging).await,
        );
        assert!(good.is_ok(), "{what}: {good:?}");
        assert!(told(bad).starts_with("InvalidInput"), "{what}");
    }
}

/// On a single thread, others run between the questions.
#[tokio::test]
async fn a_long_simulation_lets_others_run() {
    let forge = forge().await;
    let me = &caller(&forge);
    let names: Vec<String> = (0..100).map(|at| format!("a:b{at}")).collect();
    let statement = r#"{"Effect":"Allow","Action":"c:d","Resource":"*"}"#;
    let document = format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        vec![statement; 100].join(",")
    );
    let simulation = Simulation {
        policies: vec![document; 20],
        actions: names,
        ..Simulation::default()
    };
    let paging = Paging::default();
    let mut turns = 0;
    let others = async {
        loop {
            turns += 1;
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        simulated = custom(&forge, me, &simulation, &paging) => drop(simulated.unwrap()),
        () = others => {}
    }
    assert!(turns > 10, "{turns}");
}
