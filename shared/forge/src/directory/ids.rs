//! Fresh ids, as IAM makes them.

/// A fresh id of an identity: four letters that tell the kind, and 17 random ones.
pub(crate) fn fresh_id(prefix: &str) -> String {
    random_id::<17>(prefix)
}

/// A fresh id of an access key: one letter less.
pub(crate) fn fresh_key_id(prefix: &str) -> String {
    random_id::<16>(prefix)
}

fn random_id<const LETTERS: usize>(prefix: &str) -> String {
    const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let random: [u8; LETTERS] = std::array::from_fn(|_| rand::random());
    let letters = random.iter().map(|byte| char::from(BASE32[usize::from(byte % 32)]));
    format!("{prefix}{}", letters.collect::<String>())
}
