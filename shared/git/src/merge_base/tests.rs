use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::testing::{Objects, id};

/// Commits in order, each with the positions of its parents and its time.
fn graph(commits: &[(&[usize], i64)]) -> (Objects, Vec<ObjectId>) {
    let mut objects = Objects::default();
    let mut ids: Vec<ObjectId> = Vec::new();
    for (at, (parents, time)) in commits.iter().enumerate() {
        let parents: Vec<ObjectId> = parents.iter().map(|&parent| ids[parent]).collect();
        // The tree tells commits of the same time apart.
        ids.push(objects.add_commit(id(u8::try_from(at).unwrap()), &parents, *time));
    }
    (objects, ids)
}

fn bases(commits: &[(&[usize], i64)], one: usize, other: usize) -> Vec<usize> {
    let (objects, ids) = graph(commits);
    let bases = merge_bases(&objects, &ids[one], &ids[other], 100).unwrap();
    bases
        .iter()
        .map(|base| ids.iter().position(|id| id == base).unwrap())
        .collect()
}

#[test]
fn the_best_common_ancestors_are_found() {
    let linear: &[(&[usize], i64)] = &[(&[], 1), (&[0], 2), (&[1], 3), (&[1], 4)];
    assert_eq!(bases(linear, 2, 3), [1]);
    assert_eq!(bases(linear, 0, 3), [0]);
    assert_eq!(bases(linear, 3, 3), [3]);
    let unrelated: &[(&[usize], i64)] = &[(&[], 1), (&[], 2)];
    assert_eq!(bases(unrelated, 0, 1), [0usize; 0]);
    let criss_cross: &[(&[usize], i64)] = &[(&[], 1), (&[0], 2), (&[0], 3), (&[1, 2], 4), (&[2, 1], 5)];
    assert_eq!(bases(criss_cross, 3, 4), [2, 1]);
}

#[test]
fn a_clock_that_is_wrong_does_not_change_the_answer() {
    // The root claims to be newer than its children, so both roads to it are walked before the better base is seen.
    let skewed: &[(&[usize], i64)] = &[(&[], 100), (&[0], 1), (&[1, 0], 50), (&[1, 0], 60)];
    assert_eq!(bases(skewed, 2, 3), [1]);
}

#[test]
fn walks_end_at_the_limit() {
    let chain: Vec<(Vec<usize>, i64)> = (0..50usize)
        .map(|at| (at.checked_sub(1).into_iter().collect(), 0))
        .collect();
    let chain: Vec<(&[usize], i64)> = chain.iter().map(|(parents, time)| (&parents[..], *time)).collect();
    let (objects, ids) = graph(&chain);
    assert!(matches!(
        is_ancestor(&objects, &ids[0], &ids[49], 49),
        Err(WalkError::TooFar(49))
    ));
    assert!(is_ancestor(&objects, &ids[0], &ids[49], 50).unwrap());
    assert!(matches!(
        merge_bases(&objects, &ids[0], &ids[49], 10),
        Err(WalkError::TooFar(10))
    ));
    let missing = is_ancestor(&objects, &id(0), &ids[0], 10);
    assert!(matches!(missing, Err(WalkError::Find(_))));
}

#[test]
fn only_commits_in_which_histories_differ_are_read() {
    let mut commits: Vec<(Vec<usize>, i64)> = (0..100usize)
        .map(|at| (at.checked_sub(1).into_iter().collect(), i64::try_from(at).unwrap()))
        .collect();
    commits.push((vec![99], 200));
    commits.push((vec![99], 201));
    let commits: Vec<(&[usize], i64)> = commits.iter().map(|(parents, time)| (&parents[..], *time)).collect();
    let (objects, ids) = graph(&commits);
    assert_eq!(merge_bases(&objects, &ids[100], &ids[101], 4).unwrap(), [ids[99]]);
}

fn ancestors(parents: &[Vec<usize>], of: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::from([of]);
    let mut open = vec![of];
    while let Some(at) = open.pop() {
        open.extend(parents[at].iter().filter(|&&parent| found.insert(parent)));
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn answers_are_those_of_the_definition(
        shape in prop::collection::vec((prop::collection::vec(any::<prop::sample::Index>(), 0..3), 0i64..6), 1..16),
        skew in any::<bool>(),
        one in any::<prop::sample::Index>(),
        other in any::<prop::sample::Index>(),
    ) {
        let parents: Vec<Vec<usize>> = shape.iter().enumerate().map(|(at, (parents, _))| {
            // Mostly recent parents, so that histories are long.
            let parents = parents.iter().filter(|_| at > 0).map(|parent| at - 1 - parent.index(at.min(4)));
            parents.collect()
        }).collect();
        let time = |at: usize| if skew { shape[at].1 } else { i64::try_from(at).unwrap() };
        let commits: Vec<(&[usize], i64)> = (0..shape.len()).map(|at| (&parents[at][..], time(at))).collect();
        let (objects, ids) = graph(&commits);
        let (one, other) = (one.index(ids.len()), other.index(ids.len()));

        let common: BTreeSet<usize> = &ancestors(&parents, one) & &ancestors(&parents, other);
        let is_best = |base: &usize| !common.iter().any(|at| at != base && ancestors(&parents, *at).contains(base));
        let expected: BTreeSet<ObjectId> = common.iter().copied().filter(is_best).map(|at| ids[at]).collect();
        let got = merge_bases(&objects, &ids[one], &ids[other], 100).unwrap();
        prop_assert_eq!(got.len(), expected.len());
        prop_assert_eq!(got.into_iter().collect::<BTreeSet<_>>(), expected);

        let is_below = ancestors(&parents, other).contains(&one);
        prop_assert_eq!(is_ancestor(&objects, &ids[one], &ids[other], 100).unwrap(), is_below);
    }
}
