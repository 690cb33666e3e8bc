//! What policies of IAM permit on single items of a table. No emulator knows the condition `dynamodb:LeadingKeys`.

use serde_json::Value;

/// The statements of a role about the items of a table.
#[derive(Debug, Clone)]
pub struct Permissions(Vec<Statement>);

#[derive(Debug, Clone)]
struct Statement {
    denies: bool,
    actions: Vec<String>,
    /// Patterns of partition keys; none where all are meant.
    keys: Option<Vec<String>>,
}

impl Permissions {
    /// Reads policy documents. A condition that it does not know fails the test.
    pub fn of<'a>(documents: impl IntoIterator<Item = &'a Value>) -> Self {
        let statements = documents.into_iter().flat_map(|document| list(&document["Statement"]));
        let statements = statements.map(|statement| Statement {
            denies: statement["Effect"] == "Deny",
            actions: texts(&statement["Action"]),
            keys: keys(statement),
        });
        let on_items = |statement: &Statement| statement.actions.iter().any(|action| action.starts_with("dynamodb:"));
        Self(statements.filter(on_items).collect())
    }

    /// Whether a call may be carried out, each of whose items is judged by itself. Calls that name no items may.
    pub(super) fn permit(&self, operation: &str, body: &[u8]) -> bool {
        let body = serde_json::from_slice(body).unwrap_or_default();
        items(operation, &body).iter().all(|(action, key)| {
            let applies = |statement: &&Statement| statement.applies(action, key);
            let mut found = self.0.iter().filter(applies).peekable();
            found.peek().is_some() && found.all(|statement| !statement.denies)
        })
    }
}

impl Statement {
    fn applies(&self, action: &str, key: &str) -> bool {
        let named = self.actions.iter().any(|named| named == action);
        let is_like = |pattern: &String| match pattern.strip_suffix('*') {
            Some(prefix) => key.starts_with(prefix),
            None => key == pattern,
        };
        named && self.keys.as_ref().is_none_or(|keys| keys.iter().any(is_like))
    }
}

/// The partition keys that a statement is about. There is one in each judgement, so that "all" and "any" are the same.
fn keys(statement: &Value) -> Option<Vec<String>> {
    let conditions = statement.get("Condition")?.as_object().expect("conditions have names");
    let mut conditions = conditions.iter();
    let known = ["ForAllValues:StringLike", "ForAnyValue:StringLike"];
    let (Some((operator, tests)), None) = (conditions.next(), conditions.next()) else {
        panic!("{statement} has more than one condition");
    };
    let on_keys =
        tests.as_object().is_some_and(|tests| tests.len() == 1) && tests["dynamodb:LeadingKeys"] != Value::Null;
    let on_items = texts(&statement["Action"])
        .iter()
        .any(|action| action.starts_with("dynamodb:"));
    if !on_items {
        return None;
    }
    assert!(known.contains(&operator.as_str()) && on_keys, "{statement}");
    Some(texts(&tests["dynamodb:LeadingKeys"]))
}

/// Each item that a call is about: the action that IAM judges, and the item's partition key.
fn items(operation: &str, body: &Value) -> Vec<(String, String)> {
    let item = |operation: &str, key: &Value| {
        let key = key["S"].as_str().unwrap_or_default();
        (format!("dynamodb:{operation}"), key.to_owned())
    };
    match operation {
        "GetItem" | "UpdateItem" | "DeleteItem" => vec![item(operation, &body["Key"]["pk"])],
        "PutItem" => vec![item(operation, &body["Item"]["pk"])],
        "Query" => vec![item(operation, &body["ExpressionAttributeValues"][":pk"])],
        "TransactWriteItems" => {
            let named = list(&body["TransactItems"]).into_iter().flat_map(|one| one.as_object());
            let calls = named.flatten().map(|(name, call)| match name.as_str() {
                "Put" => item("PutItem", &call["Item"]["pk"]),
                "ConditionCheck" => item("ConditionCheckItem", &call["Key"]["pk"]),
                other => item(&format!("{other}Item"), &call["Key"]["pk"]),
            });
            calls.collect()
        }
        "Scan" | "BatchGetItem" | "BatchWriteItem" | "TransactGetItems" => vec![item(operation, &Value::Null)],
        _ => Vec::new(),
    }
}

fn list(value: &Value) -> Vec<&Value> {
    value
        .as_array()
        .map_or_else(|| vec![value], |values| values.iter().collect())
}

fn texts(value: &Value) -> Vec<String> {
    list(value)
        .into_iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_item_of_a_call_is_judged_by_its_action_and_its_partition_key() {
        let policy = json!({ "Statement": [
            { "Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:Query"],
              "Condition": { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["A#*", "ALONE"] } } },
            { "Effect": "Allow", "Action": ["dynamodb:PutItem", "dynamodb:DeleteItem"] },
            { "Effect": "Deny", "Action": "dynamodb:PutItem",
              "Condition": { "ForAnyValue:StringLike": { "dynamodb:LeadingKeys": "B#*" } } },
            { "Effect": "Allow", "Action": "s3:GetObject" },
        ] });
        let permissions = Permissions::of([&policy]);
        let key = |pk: &str| json!({ "pk": { "S": pk }, "sk": { "S": "-" } });
        let check = |operation: &str, body: Value, expect: bool| {
            assert_eq!(
                permissions.permit(operation, body.to_string().as_bytes()),
                expect,
                "{operation} {body}"
            );
        };
        check("GetItem", json!({ "Key": key("A#1") }), true);
        check("GetItem", json!({ "Key": key("ALONE") }), true);
        check("GetItem", json!({ "Key": key("ALONE#1") }), false);
        check("GetItem", json!({ "Key": key("B#1") }), false);
        let query = |pk: &str| json!({ "ExpressionAttributeValues": { ":pk": { "S": pk } } });
        check("Query", query("A#1"), true);
        check("Query", query("C#1"), false);
        check("PutItem", json!({ "Item": key("A#1") }), true);
        check("PutItem", json!({ "Item": key("B#1") }), false);
        check("DeleteItem", json!({ "Key": key("B#1") }), true);
        check("UpdateItem", json!({ "Key": key("A#1") }), false);
        let transaction = |pk: &str| json!({ "TransactItems": [{ "Delete": { "Key": key("B#1") } }, { "Put": { "Item": key(pk) } }] });
        check("TransactWriteItems", transaction("A#1"), true);
        check("TransactWriteItems", transaction("B#1"), false);
        check(
            "TransactWriteItems",
            json!({ "TransactItems": [{ "ConditionCheck": { "Key": key("A#1") } }] }),
            false,
        );
        check("Scan", json!({}), false);
        check("PutEvents", json!({}), true);
    }
}
