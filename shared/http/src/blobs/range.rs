//! The header `Range`, as far as single ranges go (RFC 9110, section 14).

use std::ops::Range;

/// What of a blob is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of it; also where the header is one that need not be understood.
    Whole,
    /// These bytes, of which there are some.
    Part(Range<u64>),
    /// Nothing that is there.
    Outside,
}

/// What the value of a header asks for, of a blob of `length` bytes.
pub(super) fn wanted(value: Option<&str>, length: u64) -> Wanted {
    let range = value.and_then(|value| value.trim().strip_prefix("bytes=")?.split_once('-'));
    let Some((first, last)) = range else {
        return Wanted::Whole;
    };
    let number = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| text.parse::<u64>().ok())
    };
    let range = match (first, last) {
        ("", "") => return Wanted::Whole,
        ("", suffix) => match number(suffix) {
            Some(count) => length.saturating_sub(count.unwrap_or(u64::MAX))..length,
            None => return Wanted::Whole,
        },
        (first, "") => match number(first) {
            Some(first) => first.unwrap_or(u64::MAX)..length,
            None => return Wanted::Whole,
        },
        (first, last) => match (number(first), number(last)) {
            (Some(Some(first)), Some(Some(last))) if last < first => return Wanted::Whole,
            (Some(first), Some(last)) => {
                first.unwrap_or(u64::MAX)..last.unwrap_or(u64::MAX).saturating_add(1).min(length)
            }
            _ => return Wanted::Whole,
        },
    };
    if range.is_empty() {
        Wanted::Outside
    } else {
        Wanted::Part(range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_ranges_are_understood_and_all_else_asks_for_the_whole() {
        let check = |value: &str, expect: Wanted| assert_eq!(wanted(Some(value), 100), expect, "{value}");
        check("bytes=0-0", Wanted::Part(0..1));
        check("bytes=10-19", Wanted::Part(10..20));
        check("bytes=90-", Wanted::Part(90..100));
        check("bytes=90-1000", Wanted::Part(90..100));
        check("bytes=90-99999999999999999999999", Wanted::Part(90..100));
        check("bytes=-10", Wanted::Part(90..100));
        check("bytes=-1000", Wanted::Part(0..100));
        check("bytes=-99999999999999999999999", Wanted::Part(0..100));
        check("bytes=100-", Wanted::Outside);
        check("bytes=100-200", Wanted::Outside);
        check("bytes=99999999999999999999999-", Wanted::Outside);
        check("bytes=-0", Wanted::Outside);
        for whole in [
            "",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=20-10",
            "bytes=+1-2",
            "bytes=0-1,5-6",
            "items=0-1",
        ] {
            check(whole, Wanted::Whole);
        }
        assert_eq!(wanted(None, 100), Wanted::Whole);
        assert_eq!(wanted(Some("bytes=0-"), 0), Wanted::Outside);
    }
}
