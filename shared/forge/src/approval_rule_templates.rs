//! Approval rule templates: rules that new pull requests of associated repositories get.
//!
//! All changes of templates and associations are made one after the other ([`record::change`]). An association is two
//! items, one with the template and one with the repository. A deleted repository keeps its own, in case it is brought
//! back; nobody is told of them.

mod associate;
mod associations;
mod create;
mod delete;
mod disassociate;
mod get;
mod list;
mod list_associated;
mod list_repositories;
mod paging;
mod record;
mod rename;
#[cfg(test)]
mod tests;
mod update;

pub use self::associate::{associate, batch_associate};
pub use self::associations::Batch;
pub(crate) use self::associations::of_new;
pub use self::create::{New, create};
pub use self::delete::delete;
pub use self::disassociate::{batch_disassociate, disassociate};
pub use self::get::get;
pub use self::list::list;
pub use self::list_associated::list_associated;
pub use self::list_repositories::list_repositories;
pub use self::paging::{Page, Paging};
pub use self::record::Template;
pub use self::rename::rename;
pub use self::update::{describe, update_content};
