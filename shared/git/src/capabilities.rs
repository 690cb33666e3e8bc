//! The capability lists of protocol versions 0 and 1: words behind a NUL, some of them `key=value`
//! (`gitprotocol-capabilities(5)`).
//!
//! Nothing is copied and nothing is refused: Git ignores what it does not know there. Version 2 has its own rules; see
//! [`crate::upload_pack`].
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use crate::hash::ObjectFormat;

/// A list as it was sent. Lookups scan it, so they cost what the list is long; a pkt-line bounds that to 64 KB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities<'a> {
    list: &'a [u8],
}

impl<'a> Capabilities<'a> {
    /// The list `list`, which ends at its first NUL, as Git's does.
    #[must_use]
    pub fn new(list: &'a [u8]) -> Self {
        Self {
            list: list.split(|&byte| byte == 0).next().unwrap_or_default(),
        }
    }

    /// Splits a line at its first NUL into what it says and the capabilities behind; `None` without a NUL.
    #[must_use]
    pub fn split(line: &'a [u8]) -> (&'a [u8], Option<Self>) {
        let mut parts = line.splitn(2, |&byte| byte == 0);
        let said = parts.next().unwrap_or_default();
        (said, parts.next().map(Self::new))
    }

    /// The capabilities in the order in which they were sent, with the value of those that have one.
    pub fn iter(self) -> impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)> {
        let words = self
            .list
            .split(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
            .filter(|word| !word.is_empty());
        words.map(|word| {
            let mut parts = word.splitn(2, |&byte| byte == b'=');
            (parts.next().unwrap_or_default(), parts.next())
        })
    }

    /// Whether it was sent, with or without a value.
    #[must_use]
    pub fn has(self, key: &str) -> bool {
        self.iter().any(|(sent, _)| sent == key.as_bytes())
    }

    /// The value of the first `key`; empty where that has none.
    #[must_use]
    pub fn value(self, key: &str) -> Option<&'a [u8]> {
        self.iter()
            .find(|(sent, _)| *sent == key.as_bytes())
            .map(|(_, value)| value.unwrap_or_default())
    }

    /// The value of the first `key` as printable text for a log, at most 256 bytes of it; see [`log_text`].
    #[must_use]
    pub fn text(self, key: &str) -> Option<String> {
        self.value(key).map(log_text)
    }
}

/// What a client calls itself or its session, fit for a log: cut at 256 bytes, and every byte that is not a visible
/// ASCII character is a dot.
#[must_use]
pub fn log_text(value: &[u8]) -> String {
    let visible = |&byte: &u8| if byte.is_ascii_graphic() { char::from(byte) } else { '.' };
    value.iter().take(256).map(visible).collect()
}

/// The name of an object format on the wire.
#[must_use]
pub const fn object_format_name(format: ObjectFormat) -> &'static str {
    match format {
        ObjectFormat::Sha256 => "sha256",
        _ => "sha1",
    }
}

/// The object format of that name.
#[must_use]
pub fn object_format(name: &[u8]) -> Option<ObjectFormat> {
    match name {
        b"sha1" => Some(ObjectFormat::Sha1),
        b"sha256" => Some(ObjectFormat::Sha256),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_key_is_a_whole_word() {
        type Row<'a> = (&'a [u8], &'a str, Option<&'a [u8]>);
        let rows: &[Row<'_>] = &[
            (b" report-status side-band-64k", "report-status", Some(b"")),
            (b"report-status-v2", "report-status", None),
            (b"xreport-status", "report-status", None),
            (b"side-band-64k", "side-band", None),
            (b"side-band-64k side-band", "side-band", Some(b"")),
            (b"agent=git/2.47.3 x", "agent", Some(b"git/2.47.3")),
            (b"agent=a=b", "agent", Some(b"a=b")),
            (b"agent= x", "agent", Some(b"")),
            (b"agent=first agent=second", "agent", Some(b"first")),
            (b"a\tagent=x\nb", "agent", Some(b"x")),
            (b"a\0agent=x", "agent", None),
            (b"", "agent", None),
            (b"   ", "agent", None),
            (b"=x", "", Some(b"x")),
        ];
        for (list, key, expected) in rows {
            let capabilities = Capabilities::new(list);
            assert_eq!(capabilities.value(key), *expected, "{} {key}", list.escape_ascii());
            assert_eq!(
                capabilities.has(key),
                expected.is_some(),
                "{} {key}",
                list.escape_ascii()
            );
        }
    }

    #[test]
    fn the_first_nul_starts_the_list() {
        assert_eq!(Capabilities::split(b"a b"), (&b"a b"[..], None));
        assert_eq!(
            Capabilities::split(b"a b\0c d"),
            (&b"a b"[..], Some(Capabilities { list: b"c d" }))
        );
        assert_eq!(
            Capabilities::split(b"a\0c\0d"),
            (&b"a"[..], Some(Capabilities { list: b"c" }))
        );
        assert_eq!(Capabilities::split(b"\0"), (&b""[..], Some(Capabilities { list: b"" })));
    }

    #[test]
    fn what_goes_to_a_log_is_short_and_visible() {
        let text = Capabilities::new(b"agent=git/2\x1b[2J\xff").text("agent");
        assert_eq!(text.as_deref(), Some("git/2.[2J."));
        assert_eq!(log_text(&[b'x'; 1000]).len(), 256);
    }

    proptest! {
        #[test]
        fn words_that_are_sent_are_found(
            words in proptest::collection::vec(("[a-z-]{1,8}", proptest::option::of("[!-~]{0,8}")), 0..8),
        ) {
            let list: Vec<_> = words.iter().map(|(key, value)| match value {
                Some(value) => format!("{key}={value}"),
                None => key.clone(),
            }).collect();
            let list = list.join(" ");
            let read = Capabilities::new(list.as_bytes()).iter();
            let expected = words.iter().map(|(key, value)| (key.as_bytes(), value.as_deref().map(str::as_bytes)));
            prop_assert!(read.eq(expected));
        }

        #[test]
        fn any_bytes_make_a_list(line in proptest::collection::vec(any::<u8>(), 0..100), key in "[a-z]{0,2}") {
            let (said, capabilities) = Capabilities::split(&line);
            prop_assert!(said.len() <= line.len());
            prop_assert_eq!(capabilities.is_some(), line.contains(&0));
            prop_assert!(capabilities.unwrap_or_default().text(&key).is_none_or(|text| text.len() <= 256));
        }
    }
}
