//! Compares answers by their shape.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// How an answer can differ from its example at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Difference {
    /// The example has a member, or an element, that the answer has not.
    Lacking,
    /// The answer has one that the example has not.
    Additional,
    /// Both have it, as different types.
    OtherType,
}

/// Objects whose names are data.
const MAPS: [&str; 2] = ["reactionCounts", "tags"];

/// Where and how an answer differs from its example. A place is the names of members joined by points; `[]` stands for the
/// elements of a list, `{}` for the values of a map, all of them taken together.
pub(super) fn differences(example: &Value, answer: &Value) -> BTreeSet<(String, Difference)> {
    let mut found = BTreeSet::new();
    compare("", &[example], &[answer], &mut found);
    found
}

fn compare<'a>(place: &str, examples: &[&'a Value], answers: &[&'a Value], found: &mut BTreeSet<(String, Difference)>) {
    let difference = match (examples, answers) {
        ([], []) => return,
        ([], _) => Some(Difference::Additional),
        (_, []) => Some(Difference::Lacking),
        _ => (kinds(examples) != kinds(answers)).then_some(Difference::OtherType),
    };
    if let Some(difference) = difference {
        found.insert((place.to_owned(), difference));
        return;
    }
    if MAPS.iter().any(|map| place.ends_with(map)) {
        return compare(&format!("{place}{{}}"), &values(examples), &values(answers), found);
    }
    compare(&format!("{place}[]"), &elements(examples), &elements(answers), found);
    let (examples, answers) = (members(examples), members(answers));
    for name in examples.keys().chain(answers.keys()) {
        let of = |samples: Option<&Vec<&'a Value>>| samples.cloned().unwrap_or_default();
        let below = if place.is_empty() {
            (*name).to_owned()
        } else {
            format!("{place}.{name}")
        };
        compare(&below, &of(examples.get(name)), &of(answers.get(name)), found);
    }
}

fn kinds(samples: &[&Value]) -> BTreeSet<&'static str> {
    let kind = |sample: &&Value| match sample {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    };
    samples.iter().map(kind).collect()
}

fn elements<'a>(samples: &[&'a Value]) -> Vec<&'a Value> {
    samples
        .iter()
        .filter_map(|sample| sample.as_array())
        .flatten()
        .collect()
}

fn values<'a>(samples: &[&'a Value]) -> Vec<&'a Value> {
    let maps = samples.iter().filter_map(|sample| sample.as_object());
    maps.flat_map(|map| map.values()).collect()
}

fn members<'a>(samples: &[&'a Value]) -> BTreeMap<&'a str, Vec<&'a Value>> {
    let mut found: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for (name, value) in samples.iter().filter_map(|sample| sample.as_object()).flatten() {
        found.entry(name).or_default().push(value);
    }
    found
}

#[test]
fn members_are_compared_at_every_depth() {
    use Difference::{Additional, Lacking, OtherType};
    let check = |example: Value, answer: Value, expected: &[(&str, Difference)]| {
        let expected = expected
            .iter()
            .map(|(place, difference)| ((*place).to_owned(), *difference));
        assert_eq!(differences(&example, &answer), expected.collect(), "{example} {answer}");
    };
    use serde_json::json;
    check(json!(null), json!(null), &[]);
    check(json!(null), json!({}), &[("", OtherType)]);
    check(json!({ "a": 1 }), json!({ "a": 2.5 }), &[]);
    check(json!({ "a": 1 }), json!({ "a": "1" }), &[("a", OtherType)]);
    check(json!({ "a": [] }), json!({ "a": [1] }), &[("a[]", Additional)]);
    check(json!({ "a": ["x"] }), json!({ "a": [] }), &[("a[]", Lacking)]);
    check(
        json!({ "a": [{ "b": 1 }, { "c": { "d": 1 } }] }),
        json!({ "a": [{ "b": "", "c": { "e": 1 } }] }),
        &[("a[].b", OtherType), ("a[].c.d", Lacking), ("a[].c.e", Additional)],
    );
    check(json!({ "tags": { "a": "b" } }), json!({ "tags": { "c": "d" } }), &[]);
    check(
        json!({ "tags": { "a": "b" } }),
        json!({ "tags": { "c": 1 } }),
        &[("tags{}", OtherType)],
    );
    check(
        json!({ "tags": {} }),
        json!({ "tags": { "c": 1 } }),
        &[("tags{}", Additional)],
    );
}
