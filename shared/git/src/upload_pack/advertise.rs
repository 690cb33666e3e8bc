//! What upload-pack says it can do.

use super::Server;
use crate::capabilities::object_format_name;
use crate::pkt_line::{self, FLUSH};

/// The capabilities of versions 0 and 1, in Git's order, for [`crate::advertisement::RefAdvertisement`].
///
/// `head` is the branch that HEAD points to, as long as HEAD is advertised; an unborn HEAD is not. It may hold any
/// bytes that a ref name may, but only UTF-8 can be told.
#[must_use]
pub fn capabilities_v0(server: &Server<'_>, head: Option<&str>) -> String {
    let mut list = "multi_ack thin-pack side-band side-band-64k ofs-delta shallow deepen-since deepen-not \
                    deepen-relative no-progress include-tag multi_ack_detailed"
        .to_owned();
    if server.features.any_want {
        list.push_str(" allow-tip-sha1-in-want allow-reachable-sha1-in-want");
    }
    list.push_str(" no-done");
    if let Some(target) = head {
        list.push_str(" symref=HEAD:");
        list.push_str(target);
    }
    if server.features.filter {
        list.push_str(" filter");
    }
    if let Some(id) = server.session_id {
        list.push_str(" session-id=");
        list.push_str(id);
    }
    list.push_str(" object-format=");
    list.push_str(object_format_name(server.format));
    list.push_str(" agent=");
    list.push_str(server.agent);
    list
}

/// Appends the whole advertisement of version 2. [`crate::advertisement::write_service`] may come before it.
pub fn write_capabilities_v2(out: &mut Vec<u8>, server: &Server<'_>) {
    let features = server.features;
    let mut fetch = "fetch=shallow wait-for-done".to_owned();
    for (name, is_on) in [
        (" filter", features.filter),
        (" ref-in-want", features.ref_in_want),
        (" sideband-all", features.sideband_all),
    ] {
        if is_on {
            fetch.push_str(name);
        }
    }
    let mut line = |text: &str| pkt_line::write_cut(out, &[text.as_bytes(), b"\n"]);
    line("version 2");
    line(&format!("agent={}", server.agent));
    line("ls-refs=unborn");
    line(&fetch);
    line("server-option");
    line(&format!("object-format={}", object_format_name(server.format)));
    if let Some(id) = server.session_id {
        line(&format!("session-id={id}"));
    }
    if features.object_info {
        line("object-info=size");
    }
    out.extend_from_slice(FLUSH);
}
