//! The refs that a push changes.

use std::collections::BTreeMap;

/// One ref to change, as git writes it: `[+]<source>:<ref>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Update {
    /// A name or an id of ours; `None` deletes the ref.
    pub(crate) source: Option<Vec<u8>>,
    /// The ref on the server.
    pub(crate) name: Vec<u8>,
}

impl Update {
    /// Takes a refspec; `None` for what is none. Whether it is forced is git's concern: it has already left out what is
    /// not allowed without.
    pub(crate) fn parse(refspec: &[u8]) -> Option<Self> {
        let refspec = refspec.strip_prefix(b"+").unwrap_or(refspec);
        // A ref has no colon in its name, an expression for an object may.
        let colon = refspec.iter().rposition(|byte| *byte == b':')?;
        let (source, name) = (&refspec[..colon], &refspec[colon + 1..]);
        (!name.is_empty()).then(|| Self {
            source: (!source.is_empty()).then(|| source.to_vec()),
            name: name.to_vec(),
        })
    }
}

/// The refs that the server has, as `list for-push` tells them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Advertised {
    pub(crate) refs: BTreeMap<Vec<u8>, String>,
}

impl Advertised {
    /// Takes note of one line of the list: `<id> <name>`, `@<target> <name>`, `:<keyword> <value>`.
    pub(crate) fn note(&mut self, line: &[u8]) {
        let mut words = line.splitn(3, |byte| *byte == b' ');
        let (Some(id), Some(name)) = (words.next(), words.next()) else {
            return;
        };
        let is_id = matches!(id.len(), 40 | 64) && id.iter().all(u8::is_ascii_hexdigit);
        if let Some(id) = std::str::from_utf8(id).ok().filter(|_| is_id) {
            self.refs.insert(name.to_vec(), id.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refspecs_are_split_at_their_last_colon() {
        let check = |refspec: &str, expect: Option<(Option<&str>, &str)>| {
            let expect = expect.map(|(source, name)| Update {
                source: source.map(|source| source.as_bytes().to_vec()),
                name: name.as_bytes().to_vec(),
            });
            assert_eq!(Update::parse(refspec.as_bytes()), expect, "{refspec}");
        };
        check(
            "refs/heads/a:refs/heads/b",
            Some((Some("refs/heads/a"), "refs/heads/b")),
        );
        check("+HEAD:refs/heads/b", Some((Some("HEAD"), "refs/heads/b")));
        check(":refs/heads/b", Some((None, "refs/heads/b")));
        check(
            "HEAD^{/fix: it}:refs/heads/b",
            Some((Some("HEAD^{/fix: it}"), "refs/heads/b")),
        );
        check("refs/heads/a", None);
        check("refs/heads/a:", None);
    }

    #[test]
    fn of_a_list_only_the_refs_count() {
        let mut advertised = Advertised::default();
        let id = "0123456789012345678901234567890123456789";
        for line in [
            ":object-format sha1",
            "@refs/heads/main HEAD",
            "? refs/heads/odd",
            "",
            "x",
            &format!("{id} refs/heads/main"),
        ] {
            advertised.note(line.as_bytes());
        }
        assert_eq!(
            advertised.refs,
            BTreeMap::from([(b"refs/heads/main".to_vec(), id.to_owned())])
        );
    }
}
