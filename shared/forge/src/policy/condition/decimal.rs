//! Decimal numbers, compared exactly.

const PLACES: usize = 18;

/// What [`read`] takes.
pub(super) const EXPECTED: &str = "a number, which has at most 18 digits before and 18 behind the point";

/// The number in units of 10⁻¹⁸; `None` if `text` is not what is expected.
pub(super) fn read(text: &str) -> Option<i128> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (digits, ""),
    };
    let fits = |digits: &str| digits.len() <= PLACES && digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !fits(whole) || !fits(fraction) {
        return None;
    }
    let units: i128 = format!("{whole}{fraction:0<PLACES$}").parse().ok()?;
    Some(sign * units)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: i128 = 1_000_000_000_000_000_000;

    #[test]
    fn numbers_are_read_exactly() {
        let rows = [
            ("0", Some(0)),
            ("-0", Some(0)),
            ("10", Some(10 * ONE)),
            ("010", Some(10 * ONE)),
            ("-1.5", Some(-ONE * 3 / 2)),
            ("1.50", Some(ONE * 3 / 2)),
            ("0.000000000000000001", Some(1)),
            ("999999999999999999", Some(999_999_999_999_999_999 * ONE)),
            ("1000000000000000000", None),
            ("0.0000000000000000001", None),
            ("", None),
            ("-", None),
            ("--1", None),
            ("+1", None),
            (".5", None),
            ("1.", None),
            ("1.-5", None),
            ("1e3", None),
            ("1 ", None),
            ("٣", None),
        ];
        for (text, expect) in rows {
            assert_eq!(read(text), expect, "{text}");
        }
    }
}
