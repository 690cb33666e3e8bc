//! Templates with faults, and against each other.

use std::collections::BTreeMap;
use std::sync::Arc;

use packhouse_storage::fault::{Fault, FaultyTable, Plan};
use packhouse_storage::keys;
use packhouse_storage::memory::MemoryTable;
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::table::{Range, Table};
use serde_json::Value;

use super::*;
use crate::approvals::{Content, RuleName};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::refusal::Refusal;
use crate::repositories;
use crate::testing::{administrator, again, forge_over};

const CONTENT: &str = r#"{"Version":"2018-11-08","Statements":[{"Type":"Approvers","NumberOfApprovalsNeeded":1}]}"#;

fn caller(forge: &Forge) -> Caller {
    administrator(&forge.installation().account)
}

fn name(text: &str) -> RuleName {
    RuleName::of_template(text).unwrap()
}

fn repository(text: &str) -> RepositoryName {
    RepositoryName::new(text).unwrap()
}

async fn make(forge: &Forge, text: &str) -> Result<Template> {
    let new = New {
        name: name(text),
        description: None,
        content: Content::of_template(CONTENT)?,
    };
    create(forge, &caller(forge), new).await
}

async fn make_repository(forge: &Forge, text: &str) -> RepositoryId {
    let new = repositories::New {
        name: repository(text),
        description: None,
        tags: BTreeMap::new(),
        kms_key: None,
    };
    repositories::create(forge, &caller(forge), new).await.unwrap().id
}

/// One change, by what it is called.
async fn act(forge: &Forge, what: &str) -> Result<()> {
    let me = &caller(forge);
    let everything = || (0..60).map(|at| format!("r{at}")).collect();
    match what {
        "make t" => make(forge, "t").await.map(drop),
        "make u" => make(forge, "u").await.map(drop),
        "rename t to u" => rename(forge, me, &name("t"), &name("u")).await.map(drop),
        "rename u to t" => rename(forge, me, &name("u"), &name("t")).await.map(drop),
        "describe t" => describe(forge, me, &name("t"), Some("d".into())).await.map(drop),
        "change t" => {
            let content = Content::of_template(&CONTENT.replace(":1}", ":2}"))?;
            let existing = crate::approvals::content::sha256(CONTENT);
            update_content(forge, me, &name("t"), (&content, Some(&existing)))
                .await
                .map(drop)
        }
        "associate t" => associate(forge, me, &name("t"), &repository("r0")).await,
        "associate u" => associate(forge, me, &name("u"), &repository("r0")).await,
        "disassociate t" => disassociate(forge, me, &name("t"), &repository("r0")).await,
        "associate all" => batch_associate(forge, me, &name("t"), everything()).await.map(drop),
        "disassociate all" => batch_disassociate(forge, me, &name("t"), everything()).await.map(drop),
        "delete t" => delete(forge, me, &name("t")).await.map(drop),
        "delete r0" => repositories::delete(forge, me, &repository("r0")).await.map(drop),
        other => panic!("no change is called {other}"),
    }
}

/// All that is stored of templates and associations, without what differs each time.
async fn stored(forge: &Forge) -> Vec<String> {
    let (account, region) = record::place(forge);
    let table = forge.store().table();
    let mut partitions = vec![keys::templates(account, region)];
    let listed = repositories::every_id(forge).await.unwrap();
    partitions.extend(listed.iter().map(|id| keys::repository(id.as_str())));
    let (mut found, mut known) = (Vec::new(), BTreeMap::new());
    for partition in &partitions {
        let mut range = Range::default();
        loop {
            let page = table.query(partition, range.clone()).await.unwrap();
            for item in page.items {
                let kind = item.key.sk.split('#').next().unwrap_or_default().to_owned();
                let body: Value = serde_json::from_slice(&item.body).unwrap_or_default();
                match kind.as_str() {
                    "TEMPLATE" if body.get("id").is_some() => {
                        known.insert(body["id"].to_string().replace('"', ""), body["name"].to_string());
                        let (description, content) = (&body["description"], &body["content"]);
                        found.push(format!("{} {description} {content}", body["name"]));
                    }
                    "TEMPLATE" | "REPOSITORY" => found.push(item.key.sk),
                    "NAME" => found.push(format!("{} {:?}", item.key.sk, item.body)),
                    _ => {}
                }
            }
            range.after = page.next;
            if range.after.is_none() {
                break;
            }
        }
    }
    let told = |text: String| {
        let mut text = text;
        for (id, name) in &known {
            text = text.replace(id, name);
        }
        for (at, id) in listed.iter().enumerate() {
            text = text.replace(id.as_str(), &format!("repository {at}"));
        }
        text
    };
    let mut found: Vec<String> = found.into_iter().map(told).collect();
    found.sort_unstable();
    found
}

/// Both sides of each association are there, and each name leads to a template.
async fn check_consistent(forge: &Forge, what: &str) {
    let me = &caller(forge);
    let all = list(forge, me, Paging::new(None, None).unwrap()).await.unwrap().names;
    let mut theirs = Vec::new();
    for template in &all {
        let found = get(forge, me, &name(template)).await.unwrap();
        assert_eq!(found.name, *template, "{what}");
        let paging = Paging::new(None, None).unwrap();
        let page = list_repositories(forge, me, &name(template), paging).await.unwrap();
        theirs.extend(page.names.into_iter().map(|repository| (repository, template.clone())));
    }
    let mut ours = Vec::new();
    for id in repositories::every_id(forge).await.unwrap() {
        let found = repositories::alive(forge, &id).await.unwrap().unwrap();
        let templates = associations::of_repository(forge, &id).await.unwrap();
        for id in templates {
            let template = record::by_id(forge, &id).await.unwrap();
            let template = template.unwrap_or_else(|| panic!("{what}: {} is left behind", found.name));
            ours.push((found.name.to_string(), template.name));
        }
    }
    theirs.sort_unstable();
    ours.sort_unstable();
    assert_eq!(ours, theirs, "{what}");
}

async fn after(steps: &[&str], many: usize) -> (Arc<dyn Table>, Forge) {
    let table: Arc<dyn Table> = Arc::new(MemoryTable::default());
    let forge = forge_over(Arc::clone(&table)).await;
    for at in 0..many {
        make_repository(&forge, &format!("r{at}")).await;
    }
    for step in steps {
        act(&forge, step).await.unwrap();
    }
    (table, forge)
}

#[tokio::test(start_paused = true)]
async fn with_a_fault_at_any_call_a_change_is_made_or_not_and_says_so() {
    let steps = [
        "make t",
        "describe t",
        "change t",
        "associate t",
        "rename t to u",
        "rename u to t",
        "disassociate t",
        "delete t",
    ];
    for (number, step) in steps.iter().enumerate() {
        let before = stored(&after(&steps[..number], 1).await.1).await;
        let made = stored(&after(&steps[..=number], 1).await.1).await;
        assert_ne!(before, made, "{step} does something");
        for fault in Fault::ALL {
            for nth in 1.. {
                let (table, forge) = after(&steps[..number], 1).await;
                let plan = Arc::new(Plan::fail_at(nth, fault));
                let faulty = again(&forge, Arc::new(FaultyTable::new(table, Arc::clone(&plan))));
                let outcome = act(&faulty, step).await;
                let what = format!("{step}, {fault:?} at {nth}: {outcome:?}");
                let expect = if outcome.is_ok() { &made } else { &before };
                assert_eq!(stored(&forge).await, *expect, "{what}");
                assert!(fault == Fault::Before || outcome.is_ok(), "{what}");
                if !plan.was_hit() {
                    assert!(nth > 1, "{what}");
                    break;
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn of_two_changes_at_once_as_many_are_made_as_one_after_the_other() {
    // What was before, and how many of the two can be made, depending on which is first.
    let rows: [(&[&str], &str, &str, _); 8] = [
        (&[], "make t", "make t", 1..=1),
        (&["make t"], "rename t to u", "make u", 1..=1),
        (&["make t"], "associate t", "delete t", 1..=1),
        (&["make t"], "associate t", "rename t to u", 1..=2),
        (&["make t", "associate t"], "disassociate t", "delete t", 1..=2),
        (&["make t"], "describe t", "change t", 2..=2),
        (&["make t"], "change t", "change t", 1..=1),
        (&["make t", "make u"], "associate t", "associate u", 2..=2),
    ];
    for (before, first, second, possible) in rows {
        for (one, other) in [(first, second), (second, first)] {
            for nth in 1.. {
                let (table, forge) = after(before, 1).await;
                let (plan, gate) = Plan::counting().hold_at(nth);
                let held = again(&forge, Arc::new(FaultyTable::new(table, Arc::new(plan))));
                let held = act(&held, one);
                tokio::pin!(held);
                let over = tokio::select! {
                    biased;
                    outcome = &mut held => Some(outcome),
                    () = gate.reached() => None,
                };
                let second = act(&forge, other).await;
                gate.open();
                let what = format!("{one} held at call {nth}, against {other}");
                let was_held = over.is_none();
                let first = match over {
                    Some(first) => first,
                    None => held.await,
                };
                check_consistent(&forge, &what).await;
                let made = [&first, &second].iter().filter(|outcome| outcome.is_ok()).count();
                assert!(possible.contains(&made), "{what}: {first:?} {second:?}");
                if !was_held {
                    assert!(nth > 1, "{what}");
                    break;
                }
            }
        }
    }
}

#[tokio::test]
async fn more_associations_than_a_transaction_holds_are_changed() {
    let (_, forge) = after(&["make t", "associate all"], 60).await;
    let me = &caller(&forge);
    let id = get(&forge, me, &name("t")).await.unwrap().id;
    assert_eq!(associations::of_template(&forge, &id).await.unwrap().len(), 60);
    check_consistent(&forge, "associated").await;
    act(&forge, "disassociate all").await.unwrap();
    assert_eq!(associations::of_template(&forge, &id).await.unwrap(), []);
    act(&forge, "associate all").await.unwrap();
    for at in 1..60 {
        repositories::delete(&forge, me, &repository(&format!("r{at}")))
            .await
            .unwrap();
    }
    let in_use = act(&forge, "delete t").await.unwrap_err();
    assert!(
        matches!(in_use, Error::Refused(Refusal::ApprovalRuleTemplateInUse, _)),
        "{in_use}"
    );
    assert_eq!(associations::of_template(&forge, &id).await.unwrap().len(), 60);
    act(&forge, "delete r0").await.unwrap();
    act(&forge, "delete t").await.unwrap();
    assert_eq!(associations::of_template(&forge, &id).await.unwrap(), []);
    assert_eq!(stored(&forge).await, Vec::<String>::new());
}

#[tokio::test]
async fn there_are_only_so_many_templates() {
    let (_, forge) = after(&[], 0).await;
    for at in 0..create::MAX {
        make(&forge, &format!("{at}")).await.unwrap();
    }
    let refused = make(&forge, "one more").await.unwrap_err();
    assert!(
        matches!(refused, Error::Refused(Refusal::NumberOfRuleTemplatesExceeded, _)),
        "{refused}"
    );
    delete(&forge, &caller(&forge), &name("7")).await.unwrap();
    make(&forge, "one more").await.unwrap();
}
