//! What DynamoDB would bill for a call, computed from the call: the rules of "DynamoDB read and write operations" and "DynamoDB
//! item sizes" in its developer guide.

use serde_json::Value;

/// Read and write units.
pub(super) struct Units {
    pub(super) read: f64,
    pub(super) write: f64,
}

/// The units of a call that was answered with success.
pub(super) fn of(operation: &str, request: &[u8], answer: &[u8]) -> Units {
    let parsed = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap_or_default();
    let (request, answer) = (parsed(request), parsed(answer));
    let mut units = Units { read: 0.0, write: 0.0 };
    match operation {
        "PutItem" => units.write = write_units(&request["Item"]),
        "UpdateItem" | "DeleteItem" => units.write = 1.0,
        "TransactWriteItems" => {
            let items = request["TransactItems"].as_array().into_iter().flatten();
            units.write = items.map(|item| 2.0 * write_units(&item["Put"]["Item"])).sum();
        }
        "GetItem" => units.read = consistency(&request) * read_units(item_size(&answer["Item"])),
        "Query" | "Scan" => {
            let items = answer["Items"].as_array().into_iter().flatten();
            units.read = consistency(&request) * read_units(items.map(item_size).sum());
        }
        "TransactGetItems" => {
            let items = answer["Responses"].as_array().into_iter().flatten();
            units.read = items.map(|found| 2.0 * read_units(item_size(&found["Item"]))).sum();
        }
        _ => {}
    }
    units
}

fn consistency(request: &Value) -> f64 {
    if request["ConsistentRead"] == true { 1.0 } else { 0.5 }
}

fn write_units(item: &Value) -> f64 {
    in_blocks(item_size(item), 1_024)
}

fn read_units(bytes: usize) -> f64 {
    in_blocks(bytes, 4_096)
}

fn in_blocks(bytes: usize, block: usize) -> f64 {
    let blocks = bytes.div_ceil(block).max(1);
    f64::from(u32::try_from(blocks).unwrap_or(u32::MAX))
}

fn item_size(item: &Value) -> usize {
    let attributes = item.as_object().into_iter().flatten();
    attributes.map(|(name, value)| name.len() + value_size(value)).sum()
}

fn value_size(value: &Value) -> usize {
    let Some((kind, value)) = value.as_object().and_then(|typed| typed.iter().next()) else {
        return 0;
    };
    let text = value.as_str().unwrap_or_default();
    match kind.as_str() {
        "S" => text.len(),
        "B" => text.trim_end_matches('=').len() * 3 / 4,
        "N" => text.len().div_ceil(2) + 1,
        "L" => {
            3 + value
                .as_array()
                .into_iter()
                .flatten()
                .map(|each| 1 + value_size(each))
                .sum::<usize>()
        }
        "M" => 3 + item_size(value) + value.as_object().map_or(0, serde_json::Map::len),
        "SS" | "NS" | "BS" => {
            let members = value.as_array().into_iter().flatten();
            members.map(|each| each.as_str().unwrap_or_default().len()).sum()
        }
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn units_follow_sizes() {
        let item = |bytes: usize| json!({ "pk": { "S": "x".repeat(bytes - 2) } });
        let bytes = |value: &Value| value.to_string().into_bytes();
        // (operation, request, answer, read units, write units)
        let rows = [
            ("PutItem", json!({ "Item": item(1024) }), json!({}), 0.0, 1.0),
            ("PutItem", json!({ "Item": item(1025) }), json!({}), 0.0, 2.0),
            (
                "TransactWriteItems",
                json!({ "TransactItems": [{ "Put": { "Item": item(3000) } }, { "Delete": {} }, { "ConditionCheck": {} }] }),
                json!({}),
                0.0,
                10.0,
            ),
            (
                "GetItem",
                json!({ "ConsistentRead": true }),
                json!({ "Item": item(4097) }),
                2.0,
                0.0,
            ),
            ("GetItem", json!({}), json!({}), 0.5, 0.0),
            (
                "Query",
                json!({ "ConsistentRead": true }),
                json!({ "Items": [item(2000), item(2096), item(1000)] }),
                2.0,
                0.0,
            ),
        ];
        for (operation, request, answer, read, write) in rows {
            let units = of(operation, &bytes(&request), &bytes(&answer));
            let near = |found: f64, expected: f64| (found - expected).abs() < 1e-9;
            assert!(
                near(units.read, read) && near(units.write, write),
                "{operation} {request}: {} read, {} written",
                units.read,
                units.write
            );
        }
    }
}
