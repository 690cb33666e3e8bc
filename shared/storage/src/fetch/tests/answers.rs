//! Answers that are kept.

use super::*;
use crate::merge::merge;

/// What a client without anything gets, as bytes.
async fn answer(twins: &Twins, request: &FetchRequest, common: &[ObjectId]) -> Vec<u8> {
    let session = Session::open(twins.bed.snapshot().await).await.unwrap();
    bytes_of(planned(&session, request.clone(), common.to_vec()).await.unwrap()).await
}

fn kept(twins: &Twins) -> usize {
    twins.session.odb().store().answers().count()
}

fn requests(twins: &Twins) -> Vec<FetchRequest> {
    let shallow = |depth| FetchRequest {
        deepen: Some(Deepen::Depth(depth)),
        ofs_delta: true,
        ..want(vec![twins.git.id("main")])
    };
    let filtered = |filter| FetchRequest {
        filter: Some(filter),
        ..want(twins.branches())
    };
    let tags = FetchRequest {
        include_tag: true,
        ..shallow(1)
    };
    let everything = FetchRequest {
        ofs_delta: true,
        ..want(twins.all())
    };
    vec![
        everything,
        shallow(1),
        shallow(3),
        tags,
        filtered(Filter::BlobNone),
        filtered(Filter::BlobLimit(30)),
        filtered(Filter::TreeDepth(1)),
    ]
}

#[tokio::test]
async fn the_same_question_gets_the_same_bytes_and_another_one_another_answer() {
    let twins = Twins::new(ObjectFormat::Sha1, 14, false).await;
    let mut answers = Vec::new();
    for request in requests(&twins) {
        for common in [Vec::new(), vec![twins.commits[twins.commits.len() - 1]]] {
            answers.push(answer(&twins, &request, &common).await);
            let questions = answers.len();
            assert_eq!(kept(&twins), questions);
            assert_eq!(answer(&twins, &request, &common).await, answers[questions - 1]);
            assert_eq!(kept(&twins), questions, "it was no new question");
        }
    }
}

#[tokio::test]
async fn a_kept_answer_outlives_pushes_and_ends_with_the_packs_that_it_copies_from() {
    let twins = Twins::new(ObjectFormat::Sha1, 15, false).await;
    let requests = requests(&twins);
    let mut before = Vec::new();
    for request in &requests {
        before.push(answer(&twins, request, &[]).await);
    }
    history(&twins.git, 15, 40, false);
    twins.bed.mirror(&twins.git).await;
    for (request, before) in requests.iter().zip(&before) {
        // A new tag may go along.
        assert!(request.include_tag || answer(&twins, request, &[]).await == *before);
    }
    let packs = twins.bed.snapshot().await.packs().await.unwrap();
    merge(&twins.bed.snapshot().await, &packs).await.unwrap().unwrap();
    for (request, before) in requests.iter().zip(&before) {
        for _again in 0..2 {
            let after = answer(&twins, request, &[]).await;
            let objects = |pack: &[u8]| u32::from_be_bytes(pack[8..12].try_into().unwrap());
            assert!(request.include_tag || objects(&after) == objects(before));
            Git::new(twins.git.format).receive(&after, objects(&after), false);
        }
    }
}

#[tokio::test]
async fn a_filter_that_names_a_revision_is_asked_anew() {
    let twins = Twins::new(ObjectFormat::Sha1, 16, false).await;
    let revision = Filter::Combine(vec![Filter::TreeDepth(9), Filter::SparseOid(b"main:f0".to_vec())]);
    let request = FetchRequest {
        filter: Some(revision),
        ..want(twins.branches())
    };
    let session = Session::open(twins.bed.snapshot().await).await.unwrap();
    drop(planned(&session, request, Vec::new()).await);
    assert_eq!(kept(&twins), 0);
}
