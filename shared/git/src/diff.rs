//! Differences of trees and of files.

pub mod lines;
pub mod trees;
