//! The examples that the AWS CLI ships for each of its commands, walked through as one story: what a command prints has the
//! shape that its example shows.
//!
//! The examples are read from the installed package; nothing of them is kept here but what is wrong with them
//! ([`corrections`], [`deviations`]). A new example, and a fault that was repaired, fail the test.
#![expect(clippy::panic, reason = "what fails tells which example it is about")]

mod comments;
mod contents;
mod corrections;
mod deviations;
mod examples;
mod merges;
mod pull_requests;
mod repositories;
mod shape;
mod story;
mod templates;

use story::Story;

/// Examples of commands that ask no service, and why they are not run.
const LOCAL: &[(&str, &str)] = &[(
    "credential-helper",
    "it is called by git, in many tests of git, and its example sets git up",
)];

#[test]
fn every_published_example_prints_what_it_shows() {
    let mut story = Story::new();
    repositories::begin(&mut story);
    let commits = contents::walk(&mut story);
    comments::on_commits(&mut story, &commits);
    merges::walk(&mut story);
    templates::begin(&mut story);
    pull_requests::walk(&mut story);
    templates::end(&mut story);
    contents::end(&mut story);
    repositories::end(&mut story);
    story.end();
}
