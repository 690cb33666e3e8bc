//! Operations that concern two names.

use super::*;

/// A caller with those statements.
fn with(forge: &Forge, statements: &str) -> Caller {
    let policy = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    testing::user(&forge.installation().account, &policy)
}

fn allow(action: &str, resource: &str) -> String {
    format!(
        r#"{{"Effect":"Allow","Action":"{action}","Resource":"arn:aws:codecommit:us-east-1:000000000000:{resource}"}}"#
    )
}

async fn make_of_team(forge: &Forge, text: &str, team: &str) -> RepositoryId {
    let new = New {
        name: name(text),
        description: None,
        tags: BTreeMap::from([("team".into(), team.into())]),
        kms_key: None,
    };
    create(forge, &caller(forge), new).await.unwrap().id
}

const TEAM_A: &str = r#"{"Effect":"Allow","Action":["codecommit:UpdateRepositoryName","packhouse:Administer"],
    "Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":"a"}}}"#;

#[tokio::test]
async fn both_names_of_a_rename_are_judged_with_the_tags_of_the_repository() {
    let forge = forge().await;
    make_of_team(&forge, "ours", "a").await;
    make_of_team(&forge, "theirs", "b").await;
    let not_b = format!(
        r#"{},{{"Effect":"Deny","Action":"*","Resource":"arn:aws:codecommit:*:*:public-*",
            "Condition":{{"StringEquals":{{"aws:ResourceTag/team":"b"}}}}}}"#,
        allow("codecommit:UpdateRepositoryName", "*")
    );
    for (statements, from, to, expect) in [
        (TEAM_A, "theirs", "x", false),
        (TEAM_A, "ours", "ours2", true),
        (TEAM_A, "ours2", "ours", true),
        (&*not_b, "theirs", "public-x", false),
        (&not_b, "ours", "public-x", true),
        (&not_b, "theirs", "x", true),
    ] {
        let renamed = rename(&forge, &with(&forge, statements), &name(from), &name(to)).await;
        assert_eq!(renamed.is_ok(), expect, "{from} {to}: {renamed:?}");
    }
}

#[tokio::test]
async fn bringing_back_takes_permission_for_the_old_name_and_for_the_new_one() {
    let (old, new) = (
        allow("packhouse:Administer", "old"),
        allow("packhouse:Administer", "new"),
    );
    let both = format!("{old},{new}");
    for (statements, new_name, expect) in [
        (old.as_str(), None, true),
        (&old, Some("new"), false),
        (&new, Some("new"), false),
        (&new, None, false),
        (&both, Some("new"), true),
        (TEAM_A, Some("new"), true),
        (TEAM_A, None, true),
    ] {
        let forge = forge().await;
        let id = make_of_team(&forge, "old", "a").await;
        delete(&forge, &caller(&forge), &name("old")).await.unwrap();
        let new_name = new_name.map(name);
        let by = with(&forge, statements);
        let back = undelete(&forge, &by, id.as_str(), new_name.as_ref()).await;
        assert_eq!(back.is_ok(), expect, "{statements} {new_name:?}: {back:?}");
    }
}

#[tokio::test]
async fn who_may_not_bring_it_back_does_not_learn_whether_it_is_there() {
    let forge = forge().await;
    let id = make_of_team(&forge, "old", "b").await;
    for _ in 0..2 {
        make_of_team(&forge, "twice", "b").await;
        delete(&forge, &caller(&forge), &name("twice")).await.unwrap();
    }
    delete(&forge, &caller(&forge), &name("old")).await.unwrap();
    let by = with(
        &forge,
        &format!("{},{TEAM_A}", allow("packhouse:Administer", "team-a-*")),
    );
    let told = async |which: &str| {
        let refused = undelete(&forge, &by, which, None).await.unwrap_err();
        assert_eq!(refused.kind(), Kind::Denied, "{refused}");
        refused.to_string().replace(which, "WHICH")
    };
    let nothing = told("nothing").await;
    for which in [
        "old",
        "twice",
        id.as_str(),
        "11111111-2222-3333-4444-555555555555",
        "a b",
    ] {
        let expect = if which == "a b" {
            nothing.replace("arn:aws:codecommit:us-east-1:000000000000:WHICH", "*")
        } else {
            nothing.clone()
        };
        assert_eq!(told(which).await, expect, "{which}");
    }
    let missing = undelete(&forge, &caller(&forge), "nothing", None).await.unwrap_err();
    assert_eq!(missing.kind(), Kind::NotFound);
    // Of two of one name, the one that may be told of is the one that is meant.
    let ours = make_of_team(&forge, "twice", "a").await;
    delete(&forge, &caller(&forge), &name("twice")).await.unwrap();
    assert_eq!(undelete(&forge, &by, "twice", None).await.unwrap().0, ours);
}
