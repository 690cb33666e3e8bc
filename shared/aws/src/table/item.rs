//! How an item is kept.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use bytes::Bytes;
use packhouse_storage::table::{Item, Key, TableError};

/// The attribute of [`Key::pk`].
pub(super) const PK: &str = "pk";
/// The attribute of [`Key::sk`].
pub(super) const SK: &str = "sk";
/// The attribute of [`Item::version`].
pub(super) const VERSION: &str = "v";
/// The attribute of [`Item::body`].
pub(super) const BODY: &str = "b";
/// The attribute of [`Item::expires`].
pub(super) const EXPIRES: &str = "e";

/// Whether an item is one that is still returned at `now`.
pub(super) fn is_live(item: &Item, now: u64) -> bool {
    item.expires.is_none_or(|expires| expires > now)
}

/// Reads an item; [`TableError::Corrupt`] where it is not one that we wrote.
pub(super) fn read(mut attributes: HashMap<String, AttributeValue>) -> Result<Item, TableError> {
    let key = match (attributes.remove(PK), attributes.remove(SK)) {
        (Some(AttributeValue::S(pk)), Some(AttributeValue::S(sk))) => Key { pk, sk },
        _ => return Err(TableError::Corrupt("an item without a key of two strings".into())),
    };
    let version = attributes.remove(VERSION).as_ref().and_then(whole_number);
    let (Some(version @ 1..), Some(AttributeValue::B(body))) = (version, attributes.remove(BODY)) else {
        return Err(TableError::Corrupt(format!("{key:?} has no version or no body")));
    };
    let expires = match attributes.remove(EXPIRES) {
        None => None,
        Some(value) => match whole_number(&value) {
            Some(expires) => Some(expires),
            None => return Err(TableError::Corrupt(format!("{key:?} expires at no time"))),
        },
    };
    let body = Bytes::from(body.into_inner());
    Ok(Item {
        key,
        version,
        body,
        expires,
    })
}

/// A number as `DynamoDB` writes whole ones: digits alone.
fn whole_number(value: &AttributeValue) -> Option<u64> {
    value.as_n().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::primitives::Blob;

    use super::*;

    fn attributes(change: Option<(&str, Option<AttributeValue>)>) -> HashMap<String, AttributeValue> {
        let mut all: HashMap<_, _> = [
            (PK, AttributeValue::S("R#1".into())),
            (SK, AttributeValue::S("MANIFEST".into())),
            (VERSION, AttributeValue::N("7".into())),
            (BODY, AttributeValue::B(Blob::new("{}"))),
            (EXPIRES, AttributeValue::N("99".into())),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        match change {
            Some((name, Some(value))) => drop(all.insert(name.into(), value)),
            Some((name, None)) => drop(all.remove(name)),
            None => {}
        }
        all
    }

    #[test]
    fn an_item_is_read_as_it_was_written() {
        let mut item = Item {
            key: Key::new("R#1", "MANIFEST"),
            version: 7,
            body: Bytes::from_static(b"{}"),
            expires: Some(99),
        };
        assert_eq!(read(attributes(None)).unwrap(), item);
        assert!(is_live(&item, 98) && !is_live(&item, 99));
        item.expires = None;
        assert_eq!(read(attributes(Some((EXPIRES, None)))).unwrap(), item);
        assert!(is_live(&item, u64::MAX));
        let more = Some(("else", Some(AttributeValue::Bool(true))));
        item.expires = Some(99);
        assert_eq!(read(attributes(more)).unwrap(), item);
    }

    #[test]
    fn what_nobody_of_us_wrote_is_corrupt() {
        let number = |digits: &str| Some(AttributeValue::N(digits.into()));
        for (name, value) in [
            (PK, None),
            (SK, number("1")),
            (VERSION, None),
            (VERSION, number("0")),
            (VERSION, number("-1")),
            (VERSION, number("1.5")),
            (VERSION, number("18446744073709551616")),
            (VERSION, Some(AttributeValue::S("1".into()))),
            (BODY, None),
            (BODY, Some(AttributeValue::S("{}".into()))),
            (BODY, Some(AttributeValue::Null(true))),
            (EXPIRES, number("-5")),
            (EXPIRES, Some(AttributeValue::S("99".into()))),
        ] {
            let item = read(attributes(Some((name, value.clone()))));
            assert!(
                matches!(item, Err(TableError::Corrupt(_))),
                "{name} {value:?}: {item:?}"
            );
        }
    }
}
