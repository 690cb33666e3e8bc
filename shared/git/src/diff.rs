//! Differences of trees and of files.

pub mod trees;
