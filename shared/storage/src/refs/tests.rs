use proptest::prelude::*;

use super::*;
use packhouse_git::hash::ObjectId;

fn target(seed: u8) -> Target {
    let id = |seed: u8| ObjectId::Sha1([seed; 20]);
    Target {
        id: id(seed),
        peeled: seed.is_multiple_of(3).then(|| id(seed.wrapping_add(1))),
    }
}

fn name(text: &str) -> RefName {
    RefName::new(text.as_bytes()).expect("a good name")
}

fn view(base: &BTreeMap<RefName, Target>, overlay: BTreeMap<RefName, Option<Target>>) -> RefView {
    let bytes = encode(ObjectFormat::Sha1, base.iter().map(|(name, target)| (name, *target)));
    RefView {
        base: Arc::new(decode(ObjectFormat::Sha1, &bytes).expect("decodes")),
        overlay,
    }
}

proptest! {
    #[test]
    fn an_overlay_over_a_segment_reads_like_one_map(
        base in prop::collection::btree_map("refs/heads/[a-e]{1,3}(/[a-c]{1,2})?", 0u8.., 0..30),
        overlay in prop::collection::btree_map("refs/heads/[a-e]{1,3}(/[a-c]{1,2})?", prop::option::of(0u8..), 0..30),
        prefix in "(refs/heads/[a-e]{0,2})?",
    ) {
        let base: BTreeMap<_, _> = base.into_iter().map(|(n, seed)| (name(&n), target(seed))).collect();
        let overlay: BTreeMap<_, _> = overlay.into_iter().map(|(n, seed)| (name(&n), seed.map(target))).collect();
        let mut expected = base.clone();
        for (name, target) in &overlay {
            match target {
                Some(target) => drop(expected.insert(name.clone(), *target)),
                None => drop(expected.remove(name)),
            }
        }
        let view = view(&base, overlay);
        let read: Vec<_> = view.starting_with(&prefix).map(|(n, t)| (n.clone(), t)).collect();
        let expected: Vec<_> = expected.into_iter().filter(|(n, _)| n.as_str().starts_with(&prefix)).collect();
        prop_assert_eq!(&read, &expected);
        for (name, target) in expected {
            prop_assert_eq!(view.get(&name), Some(target));
        }
    }

    #[test]
    fn damaged_segments_are_refused(at in 0usize..200, bit in 0u8..8) {
        let refs: BTreeMap<_, _> = (0..5u8).map(|n| (name(&format!("refs/heads/b{n}")), target(n))).collect();
        let mut bytes = encode(ObjectFormat::Sha1, refs.iter().map(|(name, target)| (name, *target)));
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        prop_assert!(decode(ObjectFormat::Sha1, &bytes).is_err());
    }
}

#[test]
fn a_ref_cannot_live_above_or_below_another() {
    let refs = [("refs/heads/a/b", 1), ("refs/heads/c", 2)];
    let view = view(
        &refs.iter().map(|(n, seed)| (name(n), target(*seed))).collect(),
        BTreeMap::new(),
    );
    let check =
        |new: &str, other: Option<&str>| assert_eq!(view.directory_conflict(&name(new)), other.map(name), "{new}");
    check("refs/heads/a", Some("refs/heads/a/b"));
    check("refs/heads/a/b/c", Some("refs/heads/a/b"));
    check("refs/heads/a/c", None);
    check("refs/heads/c/d", Some("refs/heads/c"));
    check("refs/heads/cc", None);
}
