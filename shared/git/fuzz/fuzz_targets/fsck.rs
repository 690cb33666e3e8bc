//! Objects of any content are judged, also as `.gitmodules` and `.gitattributes`, and a strict policy takes nothing that
//! the other refuses. The first byte chooses the kind.
#![no_main]

use std::convert::Infallible;

use libfuzzer_sys::fuzz_target;
use packhouse_git::fsck::{Checker, Policy, Rule, Severity, Stored};
use packhouse_git::hash::{ObjectFormat, object_id};
use packhouse_git::object::Kind;

fn is_taken(format: ObjectFormat, policy: Policy, kind: Kind, data: &[u8]) -> bool {
    let Ok(id) = object_id(format, kind, data) else {
        return false;
    };
    let mut checker = Checker::new(format, policy);
    let mut naming = Vec::new();
    for name in [".gitattributes", ".gitmodules"] {
        naming.extend_from_slice(format!("100644 {name}\0").as_bytes());
        naming.extend_from_slice(id.as_slice());
    }
    let Ok(tree) = object_id(format, Kind::Tree, &naming) else {
        return false;
    };
    let mut edges = 0;
    let named = checker.check(Kind::Tree, &tree, &naming, &mut |_, _| edges += 1);
    assert!(named.is_ok() && edges == 2);
    if let Err(problem) = checker.check(kind, &id, data, &mut |_, _| edges += 1) {
        assert!(problem.to_string().len() < 1000);
        return false;
    }
    assert!(edges <= data.len() + 2);
    let mut read = |wanted: &packhouse_git::hash::oid| {
        Ok::<_, Infallible>(if *wanted == *id {
            Stored::Object(kind, data)
        } else {
            Stored::Missing
        })
    };
    checker.finish(&mut read).is_ok()
}

fuzz_target!(|data: &[u8]| {
    let Some((&first, data)) = data.split_first() else {
        return;
    };
    let kind = [Kind::Commit, Kind::Tree, Kind::Blob, Kind::Tag][usize::from(first) % 4];
    let names = Rule::ALL.iter().filter(|rule| rule.severity() != Severity::Fatal);
    let mild = Policy::relaxing(names.map(|rule| rule.as_str())).expect("all but fatal rules can be relaxed");
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let strict = is_taken(format, Policy::strict(), kind, data);
        assert!(!strict || is_taken(format, mild, kind, data));
    }
});
