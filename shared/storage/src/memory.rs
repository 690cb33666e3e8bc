//! Both ports in memory, in the strictest reading of their contracts. For tests; nothing survives the process.

mod blobs;
mod table;

pub use self::blobs::MemoryBlobs;
pub use self::table::MemoryTable;

#[cfg(test)]
mod tests;
