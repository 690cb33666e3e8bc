//! What kind of file one is, in the words of the API.

use packhouse_forge::error::Error;
use packhouse_forge::refusal::Refusal;
use packhouse_git::tree::Mode;

use crate::aws_json::failure::Failure;

/// The word for a file's mode; folders and submodules have none.
pub(super) const fn word(mode: Mode) -> Option<&'static str> {
    match mode {
        Mode::Normal => Some("NORMAL"),
        Mode::Executable => Some("EXECUTABLE"),
        Mode::Symlink => Some("SYMLINK"),
        Mode::Tree | Mode::Gitlink => None,
    }
}

/// The mode that a word means.
pub(super) fn of_word(word: &str) -> Result<Mode, Failure> {
    match word {
        "NORMAL" => Ok(Mode::Normal),
        "EXECUTABLE" => Ok(Mode::Executable),
        "SYMLINK" => Ok(Mode::Symlink),
        _ => Err(Error::from(Refusal::InvalidFileMode).into()),
    }
}
