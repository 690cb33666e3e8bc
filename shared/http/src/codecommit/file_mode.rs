//! What kind of file one is, in the words of the API.

use packhouse_git::tree::Mode;

/// The word for a file's mode; folders and submodules have none.
pub(super) const fn word(mode: Mode) -> Option<&'static str> {
    match mode {
        Mode::Normal => Some("NORMAL"),
        Mode::Executable => Some("EXECUTABLE"),
        Mode::Symlink => Some("SYMLINK"),
        Mode::Tree | Mode::Gitlink => None,
    }
}
