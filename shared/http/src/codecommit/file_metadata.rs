//! A file that a commit changed, as outputs show it.

use packhouse_forge::contents::FileAt;
use serde::Serialize;

use super::file_mode;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FileMetadata {
    absolute_path: String,
    blob_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_mode: Option<&'static str>,
}

impl From<FileAt> for FileMetadata {
    fn from(file: FileAt) -> Self {
        Self {
            absolute_path: file.path,
            blob_id: file.blob.to_string(),
            file_mode: file_mode::word(file.mode),
        }
    }
}
