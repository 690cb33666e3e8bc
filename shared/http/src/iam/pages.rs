//! The parameters and the elements of lists in pages.

use packhouse_forge::iam::paging::{Page, Paging};

use crate::aws_query::failure::Failure;
use crate::aws_query::params::Params;
use crate::aws_query::xml::Xml;

/// Which page a call asks for.
pub(super) fn asked(params: &Params) -> Result<Paging, Failure> {
    let paging = Paging::new(params.text("Marker"), params.number("MaxItems")?);
    paging.map_err(|error| Failure::validation(error.to_string()))
}

/// The prefix of paths that a call asks for; `/` where it does not say.
pub(super) fn prefix(params: &Params) -> Result<&str, Failure> {
    let prefix = params.text("PathPrefix").unwrap_or("/");
    if prefix.starts_with('/') && prefix.len() <= 512 && prefix.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(prefix);
    }
    Err(Failure::validation(
        "The specified value for pathPrefix is invalid. It must begin with / and contain only printable characters",
    ))
}

/// Whether the list goes on, and where.
pub(super) fn end<T>(xml: &mut Xml, page: &Page<T>) {
    xml.value("IsTruncated", page.marker.is_some());
    xml.optional("Marker", page.marker.as_deref());
}
