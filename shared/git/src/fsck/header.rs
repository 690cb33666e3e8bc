//! The header lines of commits and tags, and who made them when.

use super::{Fault, Policy, Rule};

/// What stands at the start of the headers that are left.
pub(super) enum Line<'a> {
    /// Not the wanted header.
    Other,
    /// The wanted header, with its value.
    Value(&'a [u8]),
    /// The wanted header, without an end.
    Unterminated,
}

/// Takes the next line off `rest` if it starts with `prefix`.
pub(super) fn take<'a>(rest: &mut &'a [u8], prefix: &[u8]) -> Line<'a> {
    let Some(line) = rest.strip_prefix(prefix) else {
        return Line::Other;
    };
    let mut parts = line.splitn(2, |&byte| byte == b'\n');
    match (parts.next(), parts.next()) {
        (Some(value), Some(tail)) => {
            *rest = tail;
            Line::Value(value)
        }
        _ => Line::Unterminated,
    }
}

/// Checks that the headers end in an empty line, or with the object, and hold no NUL.
pub(super) fn check_end(data: &[u8]) -> Result<(), Fault> {
    let mut before = 0;
    for &byte in data {
        match byte {
            0 => return Err(Rule::NulInHeader.into()),
            b'\n' if before == b'\n' => return Ok(()),
            _ => before = byte,
        }
    }
    if before == b'\n' {
        Ok(())
    } else {
        Err(Rule::UnterminatedHeader.into())
    }
}

/// Checks `name <email> seconds zone`. As in git, what follows a relaxed rule is not looked at.
pub(super) fn check_identity(policy: Policy, line: &[u8]) -> Result<(), Fault> {
    match identity(line) {
        Some(rule) => policy.refuse_text(rule, line),
        None => Ok(()),
    }
}

/// The first rule that an identity breaks.
fn identity(line: &[u8]) -> Option<Rule> {
    let is_bracket = |&byte: &u8| matches!(byte, b'<' | b'>');
    if line.starts_with(b"<") {
        return Some(Rule::MissingNameBeforeEmail);
    }
    let Some((name, rest)) = line
        .iter()
        .position(is_bracket)
        .and_then(|at| line.split_at_checked(at))
    else {
        return Some(Rule::MissingEmail);
    };
    let Some(rest) = rest.strip_prefix(b"<") else {
        return Some(Rule::BadName);
    };
    if name.last() != Some(&b' ') {
        return Some(Rule::MissingSpaceBeforeEmail);
    }
    let rest = rest.iter().position(is_bracket).and_then(|at| rest.get(at..));
    let Some(rest) = rest.and_then(|rest| rest.strip_prefix(b">")) else {
        return Some(Rule::BadEmail);
    };
    let Some(rest) = rest.strip_prefix(b" ") else {
        return Some(Rule::MissingSpaceBeforeDate);
    };
    date(rest)
}

/// The first rule that `seconds zone` breaks.
fn date(text: &[u8]) -> Option<Rule> {
    let start = text
        .iter()
        .position(|&byte| !matches!(byte, b' ' | b'\t'))
        .unwrap_or(text.len());
    let text = text.get(start..).unwrap_or_default();
    let end = text
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end).unwrap_or_default();
    if digits.is_empty() {
        return Some(Rule::BadDate);
    }
    if digits.starts_with(b"0") && !text.starts_with(b"0 ") {
        return Some(Rule::ZeroPaddedDate);
    }
    if std::str::from_utf8(digits)
        .ok()
        .and_then(|digits| digits.parse::<i64>().ok())
        .is_none()
    {
        return Some(Rule::BadDateOverflow);
    }
    match rest {
        [b' ', b'+' | b'-', zone @ ..] if zone.len() == 4 && zone.iter().all(u8::is_ascii_digit) => None,
        [b' ', ..] => Some(Rule::BadTimezone),
        _ => Some(Rule::BadDate),
    }
}
