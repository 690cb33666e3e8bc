//! Numbers as C reads them: Git parses what clients send with `strtol` and `strtoumax` in base 0.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

/// Reads the non-negative number at the front of `text`, decimal, octal behind `0` or hexadecimal behind `0x`, after
/// optional blanks and a `+`; gives what follows it too.
///
/// `None` without a digit, and when the number passes 64 bits. A minus is never a number: where C lets one wrap around,
/// Git refuses it or means nothing by it.
pub(crate) fn parse_prefix(text: &[u8]) -> Option<(u64, &[u8])> {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r');
    let start = text.iter().position(|byte| !is_blank(byte))?;
    let text = text.get(start..)?;
    let text = text.strip_prefix(b"+").unwrap_or(text);
    let hex = text.strip_prefix(b"0x").or_else(|| text.strip_prefix(b"0X"));
    match hex {
        Some(digits) if digits.first().is_some_and(u8::is_ascii_hexdigit) => digits_in(16, digits),
        _ if text.starts_with(b"0") => digits_in(8, text),
        _ => digits_in(10, text),
    }
}

/// Reads a number that is all of `text`.
pub(crate) fn parse(text: &[u8]) -> Option<u64> {
    parse_prefix(text)
        .filter(|(_, rest)| rest.is_empty())
        .map(|(number, _)| number)
}

/// Reads a number that may end in one of the units `k`, `m` and `g` of either case.
pub(crate) fn parse_with_unit(text: &[u8]) -> Option<u64> {
    let (number, unit) = parse_prefix(text)?;
    let factor = match unit {
        b"" => 1,
        b"k" | b"K" => 1 << 10,
        b"m" | b"M" => 1 << 20,
        b"g" | b"G" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(factor)
}

fn digits_in(base: u32, text: &[u8]) -> Option<(u64, &[u8])> {
    let digit = |byte: &u8| char::from(*byte).to_digit(base);
    let end = text.iter().position(|byte| digit(byte).is_none()).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    if digits.is_empty() {
        return None;
    }
    let number = digits.iter().filter_map(digit).try_fold(0u64, |number, digit| {
        number.checked_mul(u64::from(base))?.checked_add(u64::from(digit))
    })?;
    Some((number, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_git_reads_them() {
        let rows: &[(&[u8], Option<u64>)] = &[
            (b"0", Some(0)),
            (b"1", Some(1)),
            (b"007", Some(7)),
            (b"010", Some(8)),
            (b"08", None),
            (b"0x10", Some(16)),
            (b"0Xff", Some(255)),
            (b"0x", None),
            (b"0xg", None),
            (b" \t+5", Some(5)),
            (b"+", None),
            (b"++5", None),
            (b"-1", None),
            (b"- 1", None),
            (b"", None),
            (b" ", None),
            (b"5 ", None),
            (b"1k", Some(1024)),
            (b"2M", Some(2 << 20)),
            (b"3g", Some(3 << 30)),
            (b"1kk", None),
            (b"1t", None),
            (b"k", None),
            (b"18446744073709551615", Some(u64::MAX)),
            (b"18446744073709551616", None),
            (b"18014398509481984k", None),
        ];
        for (text, expected) in rows {
            assert_eq!(parse_with_unit(text), *expected, "{}", text.escape_ascii());
        }
        assert_eq!(parse(b"1k"), None);
        assert_eq!(parse(b"12"), Some(12));
    }
}
