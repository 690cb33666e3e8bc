use crate::tree::{MAX_BYTES, PathError, TreePath};

#[test]
fn paths_are_accepted_as_trees_may_hold_them() {
    let long = "a/".repeat(MAX_BYTES / 2 - 1) + "bc";
    for (text, expect) in [
        ("a", Ok("a")),
        ("/a/b.txt", Ok("a/b.txt")),
        ("a b/ü/.gitkeep", Ok("a b/ü/.gitkeep")),
        (".gitmodules", Ok(".gitmodules")),
        (&long, Ok(long.as_str())),
        (&format!("{long}d"), Err(PathError::TooLong)),
        ("", Err(PathError::Empty)),
        ("/", Err(PathError::Empty)),
        ("//a", Err(PathError::EmptyPart)),
        ("a//b", Err(PathError::EmptyPart)),
        ("a/", Err(PathError::EmptyPart)),
        ("a\\", Err(PathError::EndsWithBackslash)),
        ("a\0b", Err(PathError::Nul)),
        ("./a", Err(PathError::BadPart)),
        ("a/./b", Err(PathError::BadPart)),
        ("a/..", Err(PathError::BadPart)),
        (".git/config", Err(PathError::BadPart)),
        ("a/.GIT", Err(PathError::BadPart)),
        ("git~1/a", Err(PathError::BadPart)),
        ("a\\.git", Err(PathError::BadPart)),
        (".g\u{200c}it", Err(PathError::BadPart)),
    ] {
        let got = TreePath::file(text);
        assert_eq!(got.as_ref().map(TreePath::as_str), expect.as_ref().copied(), "{text:?}");
    }
}

#[test]
fn new_files_lie_in_at_most_twenty_folders() {
    let deepest = "d/".repeat(20) + "file";
    assert!(TreePath::new_file(&deepest).is_ok());
    assert_eq!(TreePath::new_file(&format!("d/{deepest}")), Err(PathError::TooDeep));
    assert!(TreePath::file(&format!("d/{deepest}")).is_ok());
}

#[test]
fn folders_may_be_the_root_and_end_in_a_slash() {
    for text in ["", "/"] {
        assert!(TreePath::folder(text).unwrap().is_root());
    }
    for text in ["a/b", "/a/b", "/a/b/", "a/b/"] {
        assert_eq!(TreePath::folder(text).unwrap().as_str(), "a/b");
    }
    assert_eq!(TreePath::folder("a//"), Err(PathError::EmptyPart));
    assert_eq!(TreePath::folder(".."), Err(PathError::BadPart));
}

#[test]
fn a_path_knows_its_name_and_its_folder() {
    let path = TreePath::file("a/b/c").unwrap();
    assert_eq!(path.name(), "c");
    assert_eq!(path.parts().collect::<Vec<_>>(), ["a", "b", "c"]);
    let folders: Vec<_> = std::iter::successors(path.parent(), TreePath::parent).collect();
    let texts: Vec<_> = folders.iter().map(TreePath::as_str).collect();
    assert_eq!(texts, ["a/b", "a", ""]);
}
