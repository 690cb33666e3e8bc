//! What strategies and resolutions make of conflicts.

use std::collections::BTreeMap;

use super::{Case, only};
use crate::merge::{Level, MergeError, Resolution, Strategy, Which};
use crate::tree::Mode;

const BASE: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
const OURS: &str = "ours\n2\n3\n4\n5\n6\n7\n8\nours too\n";
const THEIRS: &str = "theirs\n2\n3\n4\nfive\n6\n7\n8\n9\n";

fn resolve(resolutions: &[(&str, Resolution)]) -> Strategy {
    let resolution = |(path, resolution): &(&str, Resolution)| (path.as_bytes().to_vec(), resolution.clone());
    Strategy::Resolve(resolutions.iter().map(resolution).collect::<BTreeMap<_, _>>())
}

const fn keep(version: Which) -> Resolution {
    Resolution::Keep { version, mode: None }
}

#[test]
fn accepting_a_side_by_line_keeps_the_other_sides_changes_elsewhere() {
    let case = Case::new(&[("f", BASE)], &[("f", OURS)], &[("f", THEIRS)]);
    let source = case.merge(Level::Line, Strategy::AcceptSource);
    assert_eq!(case.at(&source, "f"), "theirs\n2\n3\n4\nfive\n6\n7\n8\nours too\n");
    assert!(only(&source).is_resolved);
    let destination = case.merge(Level::Line, Strategy::AcceptDestination);
    assert_eq!(case.at(&destination, "f"), "ours\n2\n3\n4\nfive\n6\n7\n8\nours too\n");
}

#[test]
fn accepting_a_side_by_file_takes_its_file() {
    let case = Case::new(&[("f", BASE)], &[("f", OURS)], &[("f", THEIRS)]);
    let source = case.merge(Level::File, Strategy::AcceptSource);
    assert_eq!(case.at(&source, "f"), THEIRS);
    let destination = case.merge(Level::File, Strategy::AcceptDestination);
    assert_eq!(case.at(&destination, "f"), OURS);
}

#[test]
fn accepting_the_side_that_removed_a_file_removes_it() {
    let case = Case::new(&[("f", BASE), ("k", "")], &[("k", "")], &[("f", THEIRS), ("k", "")]);
    let destination = case.merge(Level::Line, Strategy::AcceptDestination);
    assert_eq!(case.at(&destination, "f"), "nothing");
    let source = case.merge(Level::Line, Strategy::AcceptSource);
    assert_eq!(case.at(&source, "f"), THEIRS);
}

#[test]
fn either_the_file_or_the_folder_can_be_kept() {
    let case = Case::new(
        &[("k", "")],
        &[("k", ""), ("d", "file\n")],
        &[("k", ""), ("d/f", "inner\n"), ("d/g/h", "x\n")],
    );
    let destination = case.merge(Level::Line, Strategy::AcceptDestination);
    assert_eq!(case.at(&destination, "d"), "file\n");
    let source = case.merge(Level::Line, Strategy::AcceptSource);
    assert_eq!(case.at(&source, "d/f"), "inner\n");
    assert_eq!(case.at(&source, "d/g/h"), "x\n");
    let neither = case.merge(Level::Line, resolve(&[("d", keep(Which::Base))]));
    assert_eq!(case.at(&neither, "d"), "nothing");
    assert_eq!(case.at(&neither, "k"), "");
}

#[test]
fn each_resolution_does_what_it_says() {
    let case = Case::new(&[("f", BASE)], &[("f", OURS)], &[("f", THEIRS)]);
    let kept_executable = Resolution::Keep {
        version: Which::Base,
        mode: Some(Mode::Executable),
    };
    let content = |mode| Resolution::Content {
        data: "new\n".into(),
        mode,
    };
    for (resolution, expected) in [
        (keep(Which::Base), BASE.to_owned()),
        (keep(Which::Destination), OURS.to_owned()),
        (keep(Which::Source), THEIRS.to_owned()),
        (kept_executable, format!("x|{BASE}")),
        (content(None), "new\n".to_owned()),
        (content(Some(Mode::Executable)), "x|new\n".to_owned()),
        (Resolution::Delete, "nothing".to_owned()),
    ] {
        let merged = case.merge(Level::File, resolve(&[("f", resolution.clone())]));
        assert_eq!(case.at(&merged, "f"), expected, "{resolution:?}");
    }
}

#[test]
fn a_mode_resolves_a_conflict_of_modes_and_no_other() {
    let executable = format!("x|{BASE}");
    let case = Case::new(&[], &[("f", BASE)], &[("f", &executable)]);
    let set = resolve(&[("f", Resolution::SetMode(Mode::Executable))]);
    let merged = case.merge(Level::Line, set.clone());
    assert_eq!(case.at(&merged, "f"), executable);

    let case = Case::new(&[("f", BASE)], &[("f", OURS)], &[("f", THEIRS)]);
    let merged = case.merge(Level::Line, set);
    assert!(merged.tree.is_none());
    assert_eq!(merged.unresolved().count(), 1);
}

#[test]
fn paths_without_a_resolution_stay_in_conflict() {
    let case = Case::new(
        &[("f", BASE), ("g", BASE)],
        &[("f", OURS), ("g", OURS)],
        &[("f", THEIRS), ("g", THEIRS)],
    );
    let merged = case.merge(Level::Line, resolve(&[("f", keep(Which::Source))]));
    assert!(merged.tree.is_none());
    let open: Vec<_> = merged.unresolved().map(|conflict| conflict.path.as_slice()).collect();
    assert_eq!(open, [b"g"]);
}

#[test]
fn a_resolution_for_a_path_without_conflict_is_an_error() {
    let case = Case::new(
        &[("f", BASE), ("g", BASE)],
        &[("f", OURS), ("g", BASE)],
        &[("f", THEIRS), ("g", BASE)],
    );
    let error = case
        .try_merge(Level::Line, resolve(&[("g", Resolution::Delete)]))
        .unwrap_err();
    assert!(matches!(error, MergeError::NoConflict(path) if path == b"g"));
}

#[test]
fn a_mode_for_a_version_that_does_not_exist_is_an_error() {
    let case = Case::new(&[("f", BASE), ("k", "")], &[("k", "")], &[("f", THEIRS), ("k", "")]);
    let kept = Resolution::Keep {
        version: Which::Destination,
        mode: Some(Mode::Executable),
    };
    let error = case.try_merge(Level::Line, resolve(&[("f", kept)])).unwrap_err();
    assert!(matches!(error, MergeError::Unfit(path) if path == b"f"));
}
