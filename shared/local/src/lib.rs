//! The embedded adapters: the table on `SQLite`, the blobs on the file system, and the folder that holds both.
//!
//! Knows files and `SQLite`. Must not know HTTP, AWS, or what the items and blobs mean. Start with [`DataFolder::open`],
//! which makes sure that one process alone works in the folder; then open the stores in it:
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use packhouse_local::{DataFolder, FileBlobs, SqliteTable};
//! use packhouse_storage::blobs::presigned::Signer;
//!
//! # let scratch = tempfile::tempdir()?;
//! # let path = scratch.path().join("data");
//! let folder = DataFolder::open(&path)?;
//! let table = SqliteTable::open(&folder.table())?;
//! let blobs = FileBlobs::open(&folder.blobs(), Signer::new(&[7; 32]))?;
//! # drop((table, blobs));
//! # Ok(())
//! # }
//! ```

mod blobs;
mod folder;
mod table;

pub use self::blobs::FileBlobs;
pub use self::folder::{DataFolder, FolderError};
pub use self::table::{OpenError, SqliteTable};
