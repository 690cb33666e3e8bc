use super::*;

fn path(text: &str) -> TreePath {
    TreePath::file(text).unwrap()
}

fn files(list: &[(&str, Mode, u8)]) -> BTreeMap<String, (Mode, ObjectId)> {
    list.iter()
        .map(|(path, mode, number)| ((*path).to_owned(), (*mode, id(*number))))
        .collect()
}

/// `+path` puts a file, `-path` removes one.
fn edits(changes: &str) -> Edits {
    let mut edits = Edits::default();
    for change in changes.split_whitespace() {
        match change.split_at(1) {
            ("+", at) => edits.put(&path(at), Mode::Normal, id(9)).unwrap(),
            (_, at) => edits.remove(&path(at)).unwrap(),
        }
    }
    edits
}

fn base(objects: &mut Objects) -> ObjectId {
    objects.tree(&files(&[
        ("a", Mode::Normal, 1),
        ("d/e/f", Mode::Normal, 2),
        ("d/e/g", Mode::Executable, 3),
        ("l", Mode::Symlink, 4),
        ("m", Mode::Gitlink, 5),
        ("o/p/q", Mode::Normal, 6),
    ]))
}

/// The paths after the changes, those put marked, or the error.
fn after(edits: &Edits) -> Result<String, String> {
    let mut objects = Objects::default();
    let root = base(&mut objects);
    let applied = edits.apply(&objects, Some(&root)).map_err(|error| error.to_string())?;
    for (id, data) in applied.trees {
        assert_eq!(objects.add(Kind::Tree, data), id);
    }
    let files = objects.files(&applied.root).into_iter();
    let files = files.map(|(path, (_, at))| if at == id(9) { format!("+{path}") } else { path });
    Ok(files.collect::<Vec<_>>().join(" "))
}

#[test]
fn changes_are_made_or_refused_with_the_path_in_the_way() {
    for (changes, expect) in [
        ("", Ok("a d/e/f d/e/g l m o/p/q")),
        ("+a", Ok("+a d/e/f d/e/g l m o/p/q")),
        ("+l", Ok("a d/e/f d/e/g +l m o/p/q")),
        ("+d/x +n/n/n", Ok("a d/e/f d/e/g +d/x l m +n/n/n o/p/q")),
        ("-m -l", Ok("a d/e/f d/e/g o/p/q")),
        ("-o/p/q", Ok("a d/e/f d/e/g l m")),
        ("-d/e/f", Ok("a d/e/g l m o/p/q")),
        ("-a -d/e/f -d/e/g -l -m -o/p/q", Ok("")),
        ("-a +a/b", Ok("+a/b d/e/f d/e/g l m o/p/q")),
        ("-o/p/q +o", Ok("a d/e/f d/e/g l m +o")),
        ("-m +m/x", Ok("a d/e/f d/e/g l +m/x o/p/q")),
        ("-x", Err("'x' does not exist")),
        ("-d/e/x", Err("'d/e/x' does not exist")),
        ("-x/y", Err("'x/y' does not exist")),
        ("-a/b/c", Err("'a/b/c' does not exist")),
        ("-a/b +a", Err("'a/b' does not exist")),
        ("-a -a/b", Err("'a/b' does not exist")),
        ("-d", Err("'d' is a folder, not a file")),
        ("+d/e", Err("'d/e' is a folder, not a file")),
        ("-d/e/f +d/e", Err("'d/e' is a folder, not a file")),
        ("+a/b/c", Err("'a' is a file, not a folder")),
        ("+l/x", Err("'l' is a file, not a folder")),
        ("+m/x", Err("'m' is a submodule")),
        ("-m/x", Err("'m' is a submodule")),
        ("+m", Err("'m' is a submodule")),
        ("+x +x/y/z", Err("'x' would be both a file and a folder")),
    ] {
        let got = after(&edits(changes));
        assert_eq!(got.as_deref().map_err(String::as_str), expect, "{changes:?}");
    }
}

#[test]
fn the_same_path_cannot_be_changed_twice() {
    let mut edits = edits("+a");
    let error = edits.remove(&path("/a")).unwrap_err();
    assert!(matches!(error, EditError::Twice(path) if path == "a"));
    assert!(matches!(edits.remove(&TreePath::root()), Err(EditError::Root)));
    let deepest = "d/".repeat(MAX_DEPTH - 1) + "f";
    let too_deep = edits.put(&path(&format!("d/{deepest}")), Mode::Normal, id(1));
    assert!(matches!(too_deep, Err(EditError::TooDeep(_))));
}

#[test]
fn the_deepest_path_can_be_made() {
    let mut edits = Edits::default();
    let deepest = "d/".repeat(MAX_DEPTH - 1) + "f";
    edits.put(&path(&deepest), Mode::Normal, id(1)).unwrap();
    let applied = edits.apply(&Objects::default(), None).unwrap();
    assert_eq!(applied.trees.len(), MAX_DEPTH);
}

#[test]
fn emptied_folders_vanish_or_are_kept_by_a_file() {
    let mut objects = Objects::default();
    let root = base(&mut objects);
    let edits = edits("-o/p/q -d/e/f -d/e/g");
    let applied = edits.apply(&objects, Some(&root)).unwrap();
    assert_eq!(applied.vanished, ["d/e", "d", "o/p", "o"]);
    assert!(applied.keepers.is_empty());

    let kept = edits.clone().keep_folders(id(9));
    let applied = kept.apply(&objects, Some(&root)).unwrap();
    assert_eq!(applied.keepers, ["d/e/.gitkeep", "o/p/.gitkeep"]);
    assert!(applied.vanished.is_empty());
    assert_eq!(after(&kept).unwrap(), "a +d/e/.gitkeep l m +o/p/.gitkeep");

    let all = self::edits("-a -d/e/f -d/e/g -l -m -o/p/q").keep_folders(id(9));
    assert_eq!(after(&all).unwrap(), "+d/e/.gitkeep +o/p/.gitkeep");
}

#[test]
fn a_keeper_that_is_removed_comes_back() {
    let mut objects = Objects::default();
    let root = objects.tree(&files(&[("d/.gitkeep", Mode::Normal, 1)]));
    let applied = edits("-d/.gitkeep")
        .keep_folders(id(1))
        .apply(&objects, Some(&root))
        .unwrap();
    assert_eq!(applied.root, root);
    assert!(applied.trees.is_empty());
}

#[test]
fn changes_without_effect_write_nothing_and_odd_modes_stay() {
    let mut objects = Objects::default();
    let mut data = Vec::new();
    write_entry(&mut data, 0o100_664, b"a", &id(1));
    write_entry(&mut data, 0o100_664, b"b", &id(2));
    let root = objects.add(Kind::Tree, data);
    let mut edits = Edits::default();
    edits.put(&path("a"), Mode::Normal, id(1)).unwrap();
    let applied = edits.apply(&objects, Some(&root)).unwrap();
    assert_eq!((applied.root, applied.trees.len()), (root, 0));

    edits.put(&path("c"), Mode::Normal, id(3)).unwrap();
    let applied = edits.apply(&objects, Some(&root)).unwrap();
    assert!(applied.trees[0].1.starts_with(b"100664 a\0"));
}

#[test]
fn a_first_tree_needs_no_base() {
    let objects = Objects::default();
    let empty = edits("").apply(&objects, None).unwrap();
    assert_eq!(empty.trees, [(empty.root, Vec::new())]);
    let applied = edits("+a/b +c").apply(&objects, None).unwrap();
    assert_eq!(applied.trees.len(), 2);
    assert_eq!(applied.trees.last().unwrap().0, applied.root);
}

proptest! {
    #[test]
    fn the_difference_of_two_trees_makes_one_of_the_other(before in any_files(), after in any_files()) {
        let mut objects = Objects::default();
        let (old, new) = (objects.tree(&before), objects.tree(&after));
        let mut edits = Edits::default();
        for path in before.keys().filter(|path| !after.contains_key(*path)) {
            edits.remove(&TreePath::file(path).unwrap()).unwrap();
        }
        let mut is_refused = false;
        for (path, &(mode, id)) in after.iter().filter(|(path, file)| before.get(*path) != Some(file)) {
            // What takes a submodule's place needs a removal first, at the same path.
            is_refused |= before.get(path).is_some_and(|file| file.0 == Mode::Gitlink) && mode != Mode::Gitlink;
            edits.put(&TreePath::file(path).unwrap(), mode, id).unwrap();
        }
        match edits.apply(&objects, Some(&old)) {
            Ok(applied) => {
                prop_assert!(!is_refused);
                prop_assert_eq!(applied.root, new);
                for (id, data) in applied.trees {
                    check_sound(&id, &data);
                    prop_assert_eq!(object_id(ObjectFormat::Sha1, Kind::Tree, &data).unwrap(), id);
                }
            }
            Err(error) => prop_assert!(is_refused, "{}", error),
        }
    }
}
