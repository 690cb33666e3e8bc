//! The advertisement of refs in protocol versions 0 and 1, which fetches and pushes begin with (`gitprotocol-pack(5)`,
//! `gitprotocol-http(5)`).
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use crate::hash::{MAX_HEX, ObjectFormat, ObjectId, oid};
use crate::pkt_line::{self, FLUSH, TooLong};

/// The two services of smart HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// `git-upload-pack`: clones and fetches.
    UploadPack,
    /// `git-receive-pack`: pushes.
    ReceivePack,
}

impl Service {
    /// Its name in URLs and content types.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::UploadPack => "git-upload-pack",
            Self::ReceivePack => "git-receive-pack",
        }
    }
}

/// Appends what a response to `GET info/refs` begins with: `# service=…` and a flush. Optional before version 2.
pub fn write_service(out: &mut Vec<u8>, service: Service) {
    pkt_line::write_cut(out, &[b"# service=", service.name().as_bytes(), b"\n"]);
    out.extend_from_slice(FLUSH);
}

/// Appends the line by which a server answers in version 1. It follows [`write_service`], and the refs follow it.
pub fn write_version_1(out: &mut Vec<u8>) {
    pkt_line::write_cut(out, &[b"version 1\n"]);
}

/// Writes refs one by one, so that any number of them can be sent in pieces: take what is in the buffer whenever it is
/// large enough.
#[derive(Clone, Debug)]
pub struct RefAdvertisement {
    format: ObjectFormat,
    /// Goes out with the first ref.
    capabilities: Option<String>,
}

impl RefAdvertisement {
    /// Begins an advertisement with `capabilities`, a list parted by spaces.
    #[must_use]
    pub const fn new(format: ObjectFormat, capabilities: String) -> Self {
        Self {
            format,
            capabilities: Some(capabilities),
        }
    }

    /// Appends a ref, and what it peels to where it is an annotated tag. Receive-pack tells no peeled ids.
    ///
    /// Upload-pack gives `HEAD` first, if it is born; all others follow sorted by name.
    ///
    /// # Errors
    /// When the name does not fit into a pkt-line. Nothing was written then; the advertisement can go on without it.
    pub fn write(&mut self, out: &mut Vec<u8>, name: &[u8], id: &oid, peeled: Option<&oid>) -> Result<(), TooLong> {
        let mut buffer = [0; MAX_HEX];
        let hex = id.hex_to_buf(&mut buffer);
        match &self.capabilities {
            Some(list) => pkt_line::write(out, &[hex.as_bytes(), b" ", name, b"\0", list.as_bytes(), b"\n"])?,
            None => pkt_line::write(out, &[hex.as_bytes(), b" ", name, b"\n"])?,
        }
        self.capabilities = None;
        if let Some(peeled) = peeled {
            let hex = peeled.hex_to_buf(&mut buffer);
            pkt_line::write(out, &[hex.as_bytes(), b" ", name, b"^{}\n"])?;
        }
        Ok(())
    }

    /// Appends the end; without any ref also the line that carries the capabilities of an empty repository.
    ///
    /// # Errors
    /// When there was no ref and the capabilities do not fit into a pkt-line.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<(), TooLong> {
        if self.capabilities.is_some() {
            let null = ObjectId::null(self.format);
            self.write(out, b"capabilities^{}", &null, None)?;
        }
        out.extend_from_slice(FLUSH);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(digit: char) -> ObjectId {
        ObjectId::from_hex(digit.to_string().repeat(40).as_bytes()).unwrap()
    }

    #[test]
    fn a_service_is_announced_as_http_backend_does() {
        let mut out = Vec::new();
        write_service(&mut out, Service::UploadPack);
        write_version_1(&mut out);
        write_service(&mut out, Service::ReceivePack);
        let expected: &[u8] = b"001e# service=git-upload-pack\n0000000eversion 1\n001f# service=git-receive-pack\n0000";
        assert_eq!(out.escape_ascii().to_string(), expected.escape_ascii().to_string());
    }

    #[test]
    fn capabilities_go_with_the_first_ref_only() {
        let mut out = Vec::new();
        let mut refs = RefAdvertisement::new(ObjectFormat::Sha1, "a b=c".to_owned());
        refs.write(&mut out, b"HEAD", &id('1'), None).unwrap();
        refs.write(&mut out, b"refs/tags/v", &id('2'), Some(&id('3'))).unwrap();
        refs.finish(&mut out).unwrap();
        let [one, two, three] = ['1', '2', '3'].map(|digit| digit.to_string().repeat(40));
        let expected =
            format!("0038{one} HEAD\0a b=c\n0039{two} refs/tags/v\n003c{three} refs/tags/v^{{}}\n0000").into_bytes();
        assert_eq!(out.escape_ascii().to_string(), expected.escape_ascii().to_string());
    }

    #[test]
    fn a_name_that_does_not_fit_is_left_out() {
        let mut out = Vec::new();
        let mut refs = RefAdvertisement::new(ObjectFormat::Sha256, "x".to_owned());
        assert!(refs.write(&mut out, &[b'n'; 65_500], &id('1'), None).is_err());
        refs.finish(&mut out).unwrap();
        let expected = format!("0057{} capabilities^{{}}\0x\n0000", "0".repeat(64));
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
