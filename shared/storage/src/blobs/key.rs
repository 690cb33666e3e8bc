//! Which keys a blob store takes.

use super::BlobError;

/// The longest key in bytes.
pub const MAX_KEY_BYTES: usize = 512;
/// The longest segment of a key in bytes: the longest file name.
pub const MAX_SEGMENT_BYTES: usize = 255;

/// Whether `key` can name a blob.
///
/// # Errors
/// [`BlobError::InvalidKey`] unless it is made of valid segments.
pub fn check_key(key: &str) -> Result<(), BlobError> {
    if key.len() <= MAX_KEY_BYTES && key.split('/').all(is_segment) {
        return Ok(());
    }
    Err(invalid(key))
}

/// Whether `prefix` can start a key: as a key, but its last segment may be unfinished, or missing.
///
/// # Errors
/// [`BlobError::InvalidKey`] otherwise.
pub fn check_prefix(prefix: &str) -> Result<(), BlobError> {
    let (whole, last) = prefix
        .rsplit_once('/')
        .map_or((None, prefix), |(whole, last)| (Some(whole), last));
    let fits = prefix.len() <= MAX_KEY_BYTES
        && last.len() <= MAX_SEGMENT_BYTES
        && last.bytes().all(is_letter)
        && whole.is_none_or(|whole| whole.split('/').all(is_segment));
    if fits { Ok(()) } else { Err(invalid(prefix)) }
}

/// Whether `segment` can stand between the slashes of a key.
#[must_use]
pub fn is_segment(segment: &str) -> bool {
    (1..=MAX_SEGMENT_BYTES).contains(&segment.len()) && segment.bytes().all(is_letter) && !matches!(segment, "." | "..")
}

const fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

/// The error for `key`, cut to a length that fits a log line.
fn invalid(key: &str) -> BlobError {
    BlobError::InvalidKey(
        key.chars()
            .take(MAX_KEY_BYTES)
            .collect::<String>()
            .escape_debug()
            .to_string(),
    )
}
