//! The command `object-info` of protocol version 2.

use super::v2::Arguments;
use super::{Client, Error, Excerpt};
use crate::hash::{ObjectFormat, ObjectId, oid, parse_hex};
use crate::pkt_line::{self, FLUSH};

/// Of which objects to tell what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectInfoRequest {
    /// Who asks.
    pub client: Client,
    /// The objects, in order, repetitions included.
    pub oids: Vec<ObjectId>,
    /// Tell their sizes.
    pub size: bool,
}

pub(super) fn parse(
    arguments: &mut Arguments<'_>,
    client: Client,
    format: ObjectFormat,
) -> Result<ObjectInfoRequest, Error> {
    let mut request = ObjectInfoRequest {
        client,
        ..ObjectInfoRequest::default()
    };
    while let Some(line) = arguments.read(Error::ObjectInfoFlush)? {
        if line == b"size" {
            request.size = true;
        } else if let Some(hex) = line.strip_prefix(b"oid ") {
            let id = parse_hex(format, hex).ok_or_else(|| Error::ObjectInfoId(Excerpt::new(hex)))?;
            request.oids.push(id);
        } else {
            return Err(Error::ObjectInfoLine(Excerpt::new(line)));
        }
    }
    Ok(request)
}

/// Appends what comes before the objects. End with [`write_end`].
pub fn write_start(out: &mut Vec<u8>, request: &ObjectInfoRequest) {
    if request.size && !request.oids.is_empty() {
        pkt_line::write_cut(out, &[b"size"]);
    }
}

/// Appends an object and its size in bytes, if that is asked for; `None` for an object that is not there.
pub fn write_object(out: &mut Vec<u8>, request: &ObjectInfoRequest, id: &oid, size: Option<u64>) {
    let info = match size {
        None => " ".to_owned(),
        Some(size) if request.size => format!(" {size}"),
        Some(_) => String::new(),
    };
    pkt_line::write_cut(out, &[id.to_hex().to_string().as_bytes(), info.as_bytes()]);
}

/// Appends the end of the response.
pub fn write_end(out: &mut Vec<u8>) {
    out.extend_from_slice(FLUSH);
}
