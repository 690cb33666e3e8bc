//! Continuation tokens: opaque to callers, and only those that the service itself gave out are honoured.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::Error;
use crate::master_key::{MasterKey, Purpose};
use crate::refusal::Refusal;

/// Bytes of the authentication code in front of the position.
const CODE: usize = 16;
/// The longest token that is looked at.
const MAX_TOKEN: usize = 32 << 10;

/// A token that resumes `listing` behind `position`. `listing` names all that must be the same in the next call.
pub(crate) fn encode(key: &MasterKey, listing: &str, position: &str) -> String {
    let code = key.mac(Purpose::PageToken, &[listing.as_bytes(), position.as_bytes()]);
    URL_SAFE_NO_PAD.encode([&code[..CODE], position.as_bytes()].concat())
}

/// The position in a token.
///
/// # Errors
/// [`Error::InvalidContinuationToken`] unless it was made for the same listing.
pub(crate) fn decode(key: &MasterKey, listing: &str, token: &str) -> Result<String, Error> {
    let decoded = || {
        let bytes = (token.len() <= MAX_TOKEN).then(|| URL_SAFE_NO_PAD.decode(token).ok())??;
        let (code, position) = bytes.split_first_chunk::<CODE>()?;
        let expected = key.mac(Purpose::PageToken, &[listing.as_bytes(), position]);
        let same: bool = subtle::ConstantTimeEq::ct_eq(&expected[..CODE], &code[..]).into();
        same.then(|| String::from_utf8(position.to_vec()).ok())?
    };
    decoded().ok_or(Error::InvalidContinuationToken)
}

/// How many entries a page has: as many as are asked for, or `default`.
///
/// # Errors
/// `refusal`, unless it is from 1 to `most`.
pub(crate) fn page_size(asked: Option<i64>, (default, most): (usize, usize), refusal: Refusal) -> Result<usize, Error> {
    let size = asked.map_or(Some(default), |asked| usize::try_from(asked).ok());
    let size = size.filter(|size| (1..=most).contains(size));
    size.ok_or_else(|| refusal.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_from_one_to_the_most_entries() {
        let size = |asked| page_size(asked, (5, 9), Refusal::InvalidMaxResults).ok();
        for (asked, expect) in [
            (None, Some(5)),
            (Some(1), Some(1)),
            (Some(9), Some(9)),
            (Some(10), None),
            (Some(0), None),
            (Some(-1), None),
            (Some(i64::MIN), None),
        ] {
            assert_eq!(size(asked), expect, "{asked:?}");
        }
    }

    #[test]
    fn only_own_tokens_of_the_same_listing_are_honoured() {
        let key = MasterKey::new([3; 32]);
        let token = encode(&key, "a", "widgets");
        assert_eq!(decode(&key, "a", &token).ok().as_deref(), Some("widgets"));
        let forged = URL_SAFE_NO_PAD.encode([&[0; CODE][..], b"widgets"].concat());
        for (listing, token) in [
            ("b", token.as_str()),
            ("a", ""),
            ("a", "!"),
            ("a", &forged),
            ("a", &token[1..]),
        ] {
            assert!(decode(&key, listing, token).is_err(), "{listing} {token}");
        }
        assert!(decode(&MasterKey::new([4; 32]), "a", &token).is_err());
    }
}
