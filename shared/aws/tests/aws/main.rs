//! The adapters against emulators of AWS, over the wire; and against what no emulator does, by a proxy between.

mod blob_faults;
mod contract;
mod events;
mod jobs;
mod keys;
mod master_key;
mod presigned;
mod setting;
mod sweep;
mod table_faults;
mod targets;
