//! One-time passwords of RFC 6238, as authenticator apps make them: SHA-1, 30 seconds, six digits.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use subtle::ConstantTimeEq as _;

/// How long a password is good, in seconds.
const STEP: u64 = 30;
/// How many digits it has.
const DIGITS: usize = 6;

/// The step of a time, in seconds since the Unix epoch.
pub(super) const fn step(seconds: u64) -> u64 {
    seconds / STEP
}

/// Whether a text can be a password.
pub(super) fn is_one(text: &str) -> bool {
    text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The password of a step.
pub(super) fn password(seed: &[u8], step: u64) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(seed).expect("HMAC takes a key of any length");
    mac.update(&step.to_be_bytes());
    let mac = mac.finalize().into_bytes();
    let offset = usize::from(mac[19] & 0xf);
    let number = u32::from_be_bytes([mac[offset] & 0x7f, mac[offset + 1], mac[offset + 2], mac[offset + 3]]);
    format!("{:06}", number % 1_000_000)
}

/// The last step within `reach` of `around`, and after `used`, whose password is the last of `passwords`, those before it
/// being of the steps before. How long it takes does not depend on how much of them is right.
pub(super) fn find(seed: &[u8], passwords: &[&str], around: u64, reach: u64, used: u64) -> Option<u64> {
    let mut found = None;
    for step in around.saturating_sub(reach)..=around.saturating_add(reach) {
        let first = (step + 1).saturating_sub(passwords.len() as u64);
        let right = (first..)
            .zip(passwords)
            .fold(subtle::Choice::from(1), |right, (step, given)| {
                right & password(seed, step).as_bytes().ct_eq(given.as_bytes())
            });
        if bool::from(right) && first > used {
            found = Some(step);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: &[u8] = b"12345678901234567890";

    #[test]
    fn passwords_are_those_of_rfc_6238() {
        // Its table has eight digits.
        for (seconds, expect) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(password(SEED, step(seconds)), expect[2..], "{seconds}");
        }
    }

    #[test]
    fn a_password_counts_near_its_time_and_after_the_last_one() {
        let of = |step| password(SEED, step);
        for (step, used, expect) in [
            (100, 0, Some(100)),
            (99, 0, Some(99)),
            (101, 0, Some(101)),
            (98, 0, None),
            (102, 0, None),
            (100, 99, Some(100)),
            (100, 100, None),
            (99, 100, None),
        ] {
            assert_eq!(find(SEED, &[&of(step)], 100, 1, used), expect, "{step} {used}");
        }
        let two = |first, second| find(SEED, &[&of(first), &of(second)], 100, 1, 0);
        assert_eq!(two(99, 100), Some(100));
        assert_eq!(two(98, 99), Some(99));
        assert_eq!(two(100, 99), None);
        assert_eq!(two(100, 100), None);
        assert_eq!(two(98, 100), None);
    }

    #[test]
    fn only_six_digits_can_be_a_password() {
        for (text, expect) in [
            ("000000", true),
            ("12345", false),
            ("1234567", false),
            ("12345a", false),
            ("", false),
            ("１23", false),
        ] {
            assert_eq!(is_one(text), expect, "{text}");
        }
    }
}
