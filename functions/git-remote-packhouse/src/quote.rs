//! Git's way to quote texts, as C writes strings.

/// Undoes the quoting of a text that starts with a quote; `None` where it is malformed.
pub(crate) fn unquoted(text: &[u8]) -> Option<Vec<u8>> {
    let Some(mut rest) = text.strip_prefix(b"\"") else {
        return Some(text.to_vec());
    };
    let mut plain = Vec::with_capacity(text.len());
    loop {
        let (&byte, after) = rest.split_first()?;
        rest = after;
        match byte {
            b'"' => return rest.is_empty().then_some(plain),
            b'\\' => {
                let (&escape, after) = rest.split_first()?;
                rest = after;
                plain.push(match escape {
                    b'a' => 7,
                    b'b' => 8,
                    b't' => b'\t',
                    b'n' => b'\n',
                    b'v' => 11,
                    b'f' => 12,
                    b'r' => b'\r',
                    b'"' | b'\\' => escape,
                    b'0'..=b'3' => {
                        let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
                        let low = u8::from_str_radix(digits, 8).ok()?;
                        rest = rest.get(2..)?;
                        (escape - b'0') * 64 + low
                    }
                    _ => return None,
                });
            }
            byte => plain.push(byte),
        }
    }
}

/// Quotes a text that would be taken for a quoted one.
pub(crate) fn quoted(text: &str) -> String {
    if text.starts_with('"') {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting_is_undone() {
        let check =
            |text: &str, expect: Option<&[u8]>| assert_eq!(unquoted(text.as_bytes()).as_deref(), expect, "{text}");
        check("plain \\n", Some(b"plain \\n"));
        check(r#""a b""#, Some(b"a b"));
        check(r#""a\tb\n\"\\""#, Some(b"a\tb\n\"\\"));
        check(r#""\303\244""#, Some("ä".as_bytes()));
        for bad in [
            "\"",
            r#""a"b"#,
            r#""\"#,
            r#""\x""#,
            r#""\38""#,
            r#""\399""#,
            r#""\477""#,
        ] {
            check(bad, None);
        }
        for text in ["plain", "\"quoted\" \\ text"] {
            assert_eq!(unquoted(quoted(text).as_bytes()).unwrap(), text.as_bytes());
        }
    }
}
