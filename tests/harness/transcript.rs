//! Masks what varies from run to run, so that a test can show a transcript.

/// Replaces ids by `<id>`, and addresses of servers by `http://server`.
pub fn mask(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some(after) = address(rest) {
            masked.push_str("//server");
            rest = after;
            continue;
        }
        let word = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        if word == 0 {
            masked.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        masked.push_str(if is_id(&rest[..word]) { "<id>" } else { &rest[..word] });
        rest = &rest[word..];
    }
    masked
}

/// What follows `//[user@]127.0.0.1:PORT` when `text` begins with it.
fn address(text: &str) -> Option<&str> {
    let authority = text.strip_prefix("//")?;
    let end = authority.find(['/', '\'', '"', ' ', '\n']).unwrap_or(authority.len());
    let (before, port) = authority[..end].rsplit_once("127.0.0.1:")?;
    (before.is_empty() || before.ends_with('@')).then_some(())?;
    port.parse::<u16>().ok()?;
    Some(&authority[end..])
}

/// Object ids, whole or abbreviated as git does it, and UUIDs without dashes.
fn is_id(word: &str) -> bool {
    let hex = word.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let mixed = word.bytes().any(|byte| byte.is_ascii_digit()) && word.bytes().any(|byte| byte.is_ascii_lowercase());
    // One abbreviation in thirty has no letter; longer numbers are dates and counts.
    hex && (matches!(word.len(), 7 | 40 | 64) || (mixed && (7..=12).contains(&word.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_addresses_are_masked_and_nothing_else() {
        let rows = [
            ("   1a2b3c4..5d6e7f8  main -> main", "   <id>..<id>  main -> main"),
            (
                "From http://127.0.0.1:41234/v1/repos/x",
                "From http://server/v1/repos/x",
            ),
            ("at 'http://u:p%2F@127.0.0.1:80/'", "at 'http://server/'"),
            (
                "http://example.com:80/ feedback 12345678 deadbeef",
                "http://example.com:80/ feedback 12345678 deadbeef",
            ),
            (&"a1".repeat(20), "<id>"),
        ];
        for (text, expected) in rows {
            assert_eq!(mask(text), expected);
        }
    }
}
