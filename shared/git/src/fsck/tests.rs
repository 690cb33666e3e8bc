mod config;
mod corpus;
mod differential;
mod index_pack;
mod random;

use std::collections::BTreeSet;
use std::convert::Infallible;

use proptest::prelude::*;

use super::special::Special;
use super::*;
use crate::hash::object_id;
use corpus::{Case, FORMATS, fill, tree};

/// Checks one object as a whole push, with the tree that names it if it is special.
fn verdict(format: ObjectFormat, policy: Policy, case: &Case) -> Result<(), Rule> {
    let mut checker = Checker::new(format, policy);
    let id = object_id(format, case.kind, &case.data).unwrap();
    let outcome = checker.check(case.kind, &id, &case.data, &mut |_, _| {});
    outcome.map_err(|problem| problem.rule())?;
    if let Some(name) = case.named {
        let naming = tree(format, &[("100644", name, id.as_bytes())]);
        let tree_id = object_id(format, Kind::Tree, &naming).unwrap();
        checker
            .check(Kind::Tree, &tree_id, &naming, &mut |_, _| {})
            .map_err(|problem| problem.rule())?;
    }
    let mut read = |wanted: &oid| -> Result<Stored<&[u8]>, Infallible> {
        Ok(if *wanted == *id {
            Stored::Object(case.kind, &case.data[..])
        } else {
            Stored::Missing
        })
    };
    checker.finish(&mut read).map_err(|error| match error {
        FinishError::Problem(problem) => problem.rule(),
        FinishError::Read(never) => match never {},
    })
}

#[test]
fn each_rule_refuses_its_offender_and_not_the_neighbour() {
    for format in FORMATS {
        for case in corpus::rows(format) {
            let got = verdict(format, Policy::strict(), &case);
            assert_eq!(got, case.expect.map_or(Ok(()), Err), "{format}: {case}");
        }
    }
}

#[test]
fn each_enforced_rule_has_an_offender() {
    let offended: BTreeSet<Rule> = corpus::rows(ObjectFormat::Sha1)
        .iter()
        .filter_map(|case| case.expect)
        .collect();
    // No object can break the first four: an unterminated header is found before. Of the others, see their own tests.
    let elsewhere = [
        Rule::MissingType,
        Rule::MissingTag,
        Rule::BadGpgsig,
        Rule::BadHeaderContinuation,
        Rule::GitmodulesBlob,
        Rule::GitmodulesLarge,
        Rule::GitattributesBlob,
        Rule::GitattributesLarge,
    ];
    for &rule in Rule::ALL {
        let is_offended = offended.contains(&rule);
        assert_eq!(
            is_offended,
            rule.severity() != Severity::Warning && !elsewhere.contains(&rule),
            "{rule:?}"
        );
    }
}

#[test]
fn a_relaxed_rule_refuses_nothing_and_a_fatal_one_cannot_be_relaxed() {
    for format in FORMATS {
        for case in corpus::rows(format) {
            let Some(rule) = case.expect else { continue };
            let policy = Policy::relaxing([rule.as_str().to_uppercase()]);
            match rule.severity() {
                Severity::Fatal => assert_eq!(policy, Err(PolicyError::Fatal(rule))),
                _ => assert_ne!(verdict(format, policy.unwrap(), &case), Err(rule), "{case}"),
            }
        }
    }
    assert_eq!(
        Policy::relaxing(["badGate"]),
        Err(PolicyError::Unknown("badGate".into()))
    );
    assert_eq!(
        Policy::relaxing(["badFilemode"]).map(|policy| policy.enforces(Rule::HasDot)),
        Ok(true)
    );
}

#[test]
fn edges_are_what_an_object_refers_to() {
    let check = |format: ObjectFormat, kind: Kind, data: &[u8], expect: &[(u8, Kind)]| {
        let mut found = Vec::new();
        let mut checker = Checker::new(format, Policy::strict());
        let id = object_id(format, kind, data).unwrap();
        checker
            .check(kind, &id, data, &mut |id, kind| found.push((id.to_owned(), kind)))
            .unwrap();
        let expect: Vec<_> = expect.iter().map(|&(byte, kind)| (fill(format, byte), kind)).collect();
        assert_eq!(found, expect);
    };
    for format in FORMATS {
        let hex = |byte| fill(format, byte).to_string();
        let id = |byte| fill(format, byte);
        let ids = [id(1), id(2), id(3), id(4)];
        let entries = [
            ("100644", &b"a"[..], ids[0].as_bytes()),
            ("120000", b"b", ids[1].as_bytes()),
            ("160000", b"c", ids[2].as_bytes()),
            ("40000", b"d", ids[3].as_bytes()),
        ];
        let expect = [(1, Kind::Blob), (2, Kind::Blob), (4, Kind::Tree)];
        check(format, Kind::Tree, &tree(format, &entries), &expect);
        let who = "A <a@b> 1 +0000";
        let commit = format!(
            "tree {}\nparent {}\nparent {}\nauthor {who}\ncommitter {who}\n\n",
            hex(1),
            hex(2),
            hex(3)
        );
        check(
            format,
            Kind::Commit,
            commit.as_bytes(),
            &[(1, Kind::Tree), (2, Kind::Commit), (3, Kind::Commit)],
        );
        for kind in [Kind::Commit, Kind::Tree, Kind::Blob, Kind::Tag] {
            let tag = format!("object {}\ntype {}\ntag x\ntagger {who}\n\n", hex(7), kind.name());
            check(format, Kind::Tag, tag.as_bytes(), &[(7, kind)]);
        }
        check(format, Kind::Blob, b"tree", &[]);
    }
}

const FORMAT: ObjectFormat = ObjectFormat::Sha1;

/// A checker that has seen a tree with the blob of byte 1 as `.gitmodules` and of byte 2 as `.gitattributes`.
fn with_specials() -> Checker {
    let mut checker = Checker::new(FORMAT, Policy::strict());
    let ids = [fill(FORMAT, 1), fill(FORMAT, 2)];
    let entries = [
        ("100644", &b".gitattributes"[..], ids[1].as_bytes()),
        ("100644", b".gitmodules", ids[0].as_bytes()),
    ];
    checker
        .check(Kind::Tree, &fill(FORMAT, 3), &tree(FORMAT, &entries), &mut |_, _| {})
        .unwrap();
    checker
}

fn finish(checker: Checker, stored: &[Stored<&[u8]>; 2]) -> Result<(), Rule> {
    let mut read = |id: &oid| Ok::<_, Infallible>(stored[usize::from(id.first_byte()) - 1].clone());
    checker.finish(&mut read).map_err(|error| match error {
        FinishError::Problem(problem) => problem.rule(),
        FinishError::Read(never) => match never {},
    })
}

const GOOD: Stored<&[u8]> = Stored::Object(Kind::Blob, b"");

#[test]
fn special_blobs_must_be_blobs_that_can_be_read() {
    assert_eq!(finish(with_specials(), &[GOOD, GOOD]), Ok(()));
    let rows = [
        (Stored::Missing, Rule::GitmodulesMissing, Rule::GitattributesMissing),
        (Stored::TooLarge, Rule::GitmodulesLarge, Rule::GitattributesLarge),
        (
            Stored::Object(Kind::Tree, &b""[..]),
            Rule::GitmodulesBlob,
            Rule::GitattributesBlob,
        ),
    ];
    for (stored, modules, attributes) in rows {
        assert_eq!(finish(with_specials(), &[stored.clone(), GOOD]), Err(modules));
        assert_eq!(finish(with_specials(), &[GOOD, stored]), Err(attributes));
    }
    let large = vec![b'\n'; LARGEST_SPECIAL_BLOB + 1];
    for (len, expect) in [(large.len() - 1, Ok(())), (large.len(), Err(Rule::GitattributesLarge))] {
        assert_eq!(
            finish(with_specials(), &[GOOD, Stored::Object(Kind::Blob, &large[..len])]),
            expect
        );
    }
}

#[test]
fn a_special_blob_that_came_after_its_tree_is_not_read_again() {
    let mut checker = with_specials();
    let (modules, attributes) = (fill(FORMAT, 1), fill(FORMAT, 2));
    assert!(checker.wants_blob(&modules) && checker.wants_blob(&attributes) && !checker.wants_blob(&fill(FORMAT, 9)));
    checker
        .check(Kind::Blob, &modules, b"[submodule \"a\"]\npath = a\n", &mut |_, _| {})
        .unwrap();
    assert!(!checker.wants_blob(&modules));
    // Naming it again does not undo that.
    checker.merge(with_specials());
    assert!(!checker.wants_blob(&modules));
    assert_eq!(finish(checker.clone(), &[Stored::Missing, GOOD]), Ok(()));
    let problem = checker
        .check(Kind::Blob, &attributes, &[b'a'; 2048], &mut |_, _| {})
        .unwrap_err();
    assert_eq!(problem.rule(), Rule::GitattributesLineLength);
}

#[test]
fn merged_checkers_finish_what_each_has_seen() {
    let mut checker = Checker::new(FORMAT, Policy::strict());
    checker.merge(with_specials());
    assert_eq!(
        finish(checker, &[GOOD, Stored::Missing]),
        Err(Rule::GitattributesMissing)
    );
}

#[test]
fn a_failure_to_read_is_not_a_verdict() {
    let mut read = |_: &oid| Err::<Stored<Vec<u8>>, _>("gone");
    assert_eq!(with_specials().finish(&mut read), Err(FinishError::Read("gone")));
}

#[test]
fn special_blobs_are_bounded_in_number() {
    let mut specials = Specials::default();
    for number in 0..1u32 << 18 {
        let mut bytes = [1; 20];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        specials
            .note(Policy::strict(), Special::Modules, &ObjectId::Sha1(bytes))
            .unwrap();
    }
    let one_more = specials.note(Policy::strict(), Special::Attributes, &fill(FORMAT, 0xff));
    assert_eq!(one_more, Err(Rule::GitattributesLarge.into()));
    assert_eq!(
        specials.note(Policy::strict(), Special::Modules, &specials.pending()[0]),
        Ok(())
    );
}

#[test]
fn problems_read_as_git_words_them() {
    let id = fill(FORMAT, 0xab);
    let check = |data: &[u8], expect: &str| {
        let mut checker = Checker::new(FORMAT, Policy::strict());
        let problem = checker.check(Kind::Tree, &id, data, &mut |_, _| {}).unwrap_err();
        assert_eq!(problem.to_string(), format!("object {id}: {expect}"));
        assert_eq!(*problem.id(), id);
    };
    check(b"x", "badTree: cannot be parsed as a tree");
    let one = fill(FORMAT, 1);
    check(
        &tree(FORMAT, &[("40000", b".", one.as_bytes())]),
        "hasDot: contains '.'",
    );
    let hidden = tree(FORMAT, &[("40000", ".g\u{200c}it".as_bytes(), one.as_bytes())]);
    check(&hidden, r#"hasDotgit: contains '.git': ".g\xe2\x80\x8cit""#);
    let long = [&b"a/"[..], &[b'a'; 200]].concat();
    let shown = "a".repeat(98);
    check(
        &tree(FORMAT, &[("40000", &long, one.as_bytes())]),
        &format!("fullPathname: contains a name with a slash: \"a/{shown}...\""),
    );
}

proptest! {
    #[test]
    fn any_bytes_are_judged(data in prop::collection::vec(any::<u8>(), 0..300), which in 0..4usize) {
        let kind = [Kind::Commit, Kind::Tree, Kind::Blob, Kind::Tag][which];
        for format in FORMATS {
            for named in [None, Some(&b".gitmodules"[..]), Some(b".gitattributes")] {
                let case = Case { kind, data: data.clone(), expect: None, named };
                let strict = verdict(format, Policy::strict(), &case);
                let names = Rule::ALL.iter().filter(|rule| rule.severity() != Severity::Fatal).map(|rule| rule.as_str());
                let lenient = verdict(format, Policy::relaxing(names).unwrap(), &case);
                prop_assert!(strict.is_err() || lenient.is_ok());
                prop_assert!(lenient.is_ok_and(|()| true) || lenient.is_err_and(|rule| rule.severity() == Severity::Fatal));
            }
        }
    }

    #[test]
    fn trees_of_any_names_are_judged_like_a_plain_reading_of_the_rules(
        entries in prop::collection::vec(("[ab./~]{0,3}", any::<bool>()), 0..6),
    ) {
        let id = fill(FORMAT, 1);
        let listed: Vec<_> = entries
            .iter()
            .map(|(name, is_tree)| (if *is_tree { "40000" } else { "100644" }, name.as_bytes(), id.as_bytes()))
            .collect();
        let case = Case { kind: Kind::Tree, data: tree(FORMAT, &listed), expect: None, named: None };
        let key = |&(mode, name, _): &(&str, &[u8], &[u8])| [name, if mode == "40000" { &b"/"[..] } else { b"" }].concat();
        let names: BTreeSet<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
        let is_good = listed.is_sorted_by_key(key)
            && names.len() == entries.len()
            && !names.iter().any(|name| name.is_empty() || name.contains('/') || [".", ".."].contains(name));
        prop_assert_eq!(verdict(FORMAT, Policy::strict(), &case).is_ok(), is_good);
    }
}
