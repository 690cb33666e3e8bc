//! Who may tag what, and what is left when the store fails.

use packhouse_storage::fault::{Fault, FaultyTable, Plan};

use super::*;

/// A caller who may do that, on that condition.
fn on_condition(forge: &Forge, action: &str, condition: &str) -> Caller {
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"codecommit:{action}","Resource":"*",
            "Condition":{condition}}}}}"#
    );
    testing::user(&forge.installation().account, &policy)
}

fn given(tags: &[(&str, &str)]) -> BTreeMap<String, String> {
    tags.iter().map(|&(key, value)| (key.into(), value.into())).collect()
}

#[tokio::test]
async fn policies_ask_for_the_tags_of_the_request_and_of_the_repository() {
    let forge = forge().await;
    make(&forge, "w").await;
    tag(&forge, &caller(&forge), &name("w"), &given(&[("team", "a")]))
        .await
        .unwrap();
    for (condition, tags, expect) in [
        (r#"{"StringEquals":{"aws:RequestTag/x":"1"}}"#, &[("x", "1")][..], true),
        (r#"{"StringEquals":{"aws:RequestTag/x":"1"}}"#, &[("x", "2")], false),
        (r#"{"StringEquals":{"aws:ResourceTag/team":"a"}}"#, &[("x", "1")], true),
        (r#"{"StringEquals":{"aws:ResourceTag/team":"b"}}"#, &[("x", "1")], false),
        (
            r#"{"ForAllValues:StringEquals":{"aws:TagKeys":["x","y"]}}"#,
            &[("x", "1"), ("y", "")],
            true,
        ),
        (
            r#"{"ForAllValues:StringEquals":{"aws:TagKeys":["x"]}}"#,
            &[("x", "1"), ("y", "")],
            false,
        ),
    ] {
        let by = on_condition(&forge, "TagResource", condition);
        let got = tag(&forge, &by, &name("w"), &given(tags)).await;
        assert_eq!(got.is_ok(), expect, "{condition}: {got:?}");
    }
    for (condition, keys, expect) in [
        (r#"{"ForAnyValue:StringEquals":{"aws:TagKeys":"x"}}"#, ["x"], true),
        (r#"{"ForAnyValue:StringEquals":{"aws:TagKeys":"x"}}"#, ["y"], false),
        (r#"{"Null":{"aws:RequestTag/x":"true"}}"#, ["x"], true),
    ] {
        let by = on_condition(&forge, "UntagResource", condition);
        let got = untag(&forge, &by, &name("w"), &keys.map(String::from)).await;
        assert_eq!(got.is_ok(), expect, "{condition}: {got:?}");
    }
}

#[tokio::test]
async fn a_repository_is_tagged_or_not_wherever_the_store_fails() {
    for fault in [Fault::Before, Fault::After, Fault::Unknown, Fault::Conflict] {
        for nth in 1.. {
            let table: Arc<MemoryTable> = Arc::default();
            let forge = testing::forge_over(Arc::clone(&table) as _).await;
            make(&forge, "w").await;
            let plan = Arc::new(Plan::fail_at(nth, fault));
            let failing = testing::again(&forge, Arc::new(FaultyTable::new(table, Arc::clone(&plan))));
            let tagging = tag(&failing, &caller(&forge), &name("w"), &given(&[("a", "b")])).await;
            let tags = tags(&forge, &caller(&forge), &name("w")).await.unwrap();
            let expect = if tagging.is_ok() {
                given(&[("a", "b")])
            } else {
                BTreeMap::new()
            };
            assert_eq!(tags, expect, "{nth}: {tagging:?}");
            if !plan.was_hit() {
                assert!(nth > 1);
                break;
            }
        }
    }
}
