//! Packet lines, as `gitprotocol-common(5)` has them.

/// `0000`
pub const FLUSH: &[u8] = b"0000";
/// `0001`
pub const DELIMITER: &[u8] = b"0001";

/// A packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packet<'a> {
    /// `0000`
    Flush,
    /// `0001`
    Delimiter,
    /// `0002`
    ResponseEnd,
    /// Everything longer.
    Data(&'a [u8]),
}

/// A packet line with this content.
pub fn line(content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    let mut bytes = format!("{:04x}", content.len() + 4).into_bytes();
    bytes.extend(content);
    bytes
}

/// Packet lines with these contents, then a flush.
pub fn lines<C: AsRef<[u8]>>(contents: impl IntoIterator<Item = C>) -> Vec<u8> {
    contents
        .into_iter()
        .flat_map(line)
        .chain(FLUSH.iter().copied())
        .collect()
}

/// All packets of an answer; fails the test when the bytes are none.
pub fn parse(mut bytes: &[u8]) -> Vec<Packet<'_>> {
    let mut packets = Vec::new();
    while !bytes.is_empty() {
        let (packet, rest) = first(bytes);
        packets.push(packet);
        bytes = rest;
    }
    packets
}

/// The first packet and what follows it.
pub fn first(bytes: &[u8]) -> (Packet<'_>, &[u8]) {
    let length = bytes.get(..4).and_then(|digits| std::str::from_utf8(digits).ok());
    let length = length.and_then(|digits| usize::from_str_radix(digits, 16).ok());
    let shown = || String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
    match length {
        Some(0) => (Packet::Flush, &bytes[4..]),
        Some(1) => (Packet::Delimiter, &bytes[4..]),
        Some(2) => (Packet::ResponseEnd, &bytes[4..]),
        Some(length) if (4..=bytes.len()).contains(&length) => (Packet::Data(&bytes[4..length]), &bytes[length..]),
        _ => panic!("no packet line: {:?}", shown()),
    }
}

/// What a sideband answer carries: the data of band 1, the messages of band 2, and the error of band 3.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Bands {
    /// Band 1.
    pub data: Vec<u8>,
    /// Band 2, as the user of git sees it after `remote: `.
    pub progress: String,
    /// Band 3.
    pub error: Option<String>,
}

/// Splits packets into their bands.
pub fn bands<'a>(packets: impl IntoIterator<Item = Packet<'a>>) -> Bands {
    let mut bands = Bands::default();
    for packet in packets {
        match packet {
            Packet::Data([1, rest @ ..]) => bands.data.extend(rest),
            Packet::Data([2, rest @ ..]) => bands.progress.push_str(&String::from_utf8_lossy(rest)),
            Packet::Data([3, rest @ ..]) => bands.error = Some(String::from_utf8_lossy(rest).into_owned()),
            Packet::Data(other) => panic!("no band: {:?}", String::from_utf8_lossy(other)),
            Packet::Flush | Packet::Delimiter | Packet::ResponseEnd => {}
        }
    }
    bands
}
