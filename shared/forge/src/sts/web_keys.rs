//! Keys of issuers, remembered for a while.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, PublicKeyUse};
use packhouse_storage::clock;
use serde::Deserialize;
use serde_json::Value;

use super::federation::{Unreachable, WebKeys};

/// How long keys are trusted without asking the issuer again, in seconds.
const LIFETIME: u64 = 60 * 60;
/// How long an issuer is left in peace after it was asked, in seconds, whatever key a token names.
const PAUSE: u64 = 60;
/// The same after it could not be asked.
const PAUSE_UNREACHABLE: u64 = 5;
/// How many issuers are remembered; an account can have fewer providers.
const MAX_ISSUERS: usize = 256;
/// How many keys of one are looked at.
const MAX_KEYS: usize = 100;

/// What is known of the keys of issuers.
#[derive(Debug, Default)]
pub(crate) struct KnownKeys(Mutex<HashMap<String, Arc<tokio::sync::Mutex<State>>>>);

/// What is known of one.
#[derive(Debug, Default)]
struct State {
    keys: Arc<[Jwk]>,
    /// When they were fetched, in seconds since the Unix epoch.
    fetched: u64,
    /// Why they could not be fetched, and when.
    failed: Option<(Unreachable, u64)>,
}

impl KnownKeys {
    /// The keys of an issuer among which one of id `wanted` may be. Each issuer is asked by one request at a time, and not
    /// more often than once a minute for keys that it does not have.
    ///
    /// # Errors
    /// [`Unreachable`].
    pub(super) async fn of(
        &self,
        source: &dyn WebKeys,
        issuer: &str,
        wanted: Option<&str>,
    ) -> Result<Arc<[Jwk]>, Unreachable> {
        let state = self.state(issuer);
        let mut state = state.lock().await;
        let now = clock::now_secs();
        let age = now.saturating_sub(state.fetched);
        let there = wanted.is_none_or(|id| state.keys.iter().any(|key| key.common.key_id.as_deref() == Some(id)));
        if age < PAUSE || (age < LIFETIME && there) {
            return Ok(Arc::clone(&state.keys));
        }
        if let Some((why, at)) = &state.failed
            && now.saturating_sub(*at) < PAUSE_UNREACHABLE
        {
            return Err(why.clone());
        }
        let fetched = source.fetch(issuer).await.and_then(|body| read(&body));
        match fetched {
            Ok(keys) => {
                *state = State {
                    keys: Arc::clone(&keys),
                    fetched: clock::now_secs(),
                    failed: None,
                };
                Ok(keys)
            }
            Err(why) => {
                state.failed = Some((why.clone(), clock::now_secs()));
                Err(why)
            }
        }
    }

    fn state(&self, issuer: &str) -> Arc<tokio::sync::Mutex<State>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MAX_ISSUERS && !all.contains_key(issuer) {
            all.clear();
        }
        Arc::clone(all.entry(issuer.to_owned()).or_default())
    }
}

/// The public keys for signatures in a JSON Web Key Set; others in it do not matter.
fn read(body: &[u8]) -> Result<Arc<[Jwk]>, Unreachable> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<Value>,
    }
    let set: Set = serde_json::from_slice(body)
        .map_err(|_| Unreachable("The issuer's keys are not a JSON Web Key Set".to_owned()))?;
    let keys = set
        .keys
        .into_iter()
        .filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
    let for_signatures = |key: &Jwk| {
        use AlgorithmParameters::{EllipticCurve, OctetKeyPair, RSA};
        matches!(key.algorithm, EllipticCurve(_) | OctetKeyPair(_) | RSA(_))
            && !matches!(key.common.public_key_use, Some(PublicKeyUse::Encryption))
    };
    Ok(keys.filter(for_signatures).take(MAX_KEYS).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_trait::async_trait;
    use bytes::Bytes;

    use super::*;

    const KEY: &str = r#"{"kty": "EC", "crv": "P-256", "kid": "one", "x": "AA", "y": "AA"}"#;

    /// Answers what it is told, and counts.
    #[derive(Debug, Default)]
    struct Issuer {
        asked: AtomicUsize,
        down: bool,
    }

    #[async_trait]
    impl WebKeys for Issuer {
        async fn fetch(&self, _issuer: &str) -> Result<Bytes, Unreachable> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            if self.down {
                return Err(Unreachable("down".into()));
            }
            Ok(Bytes::from(format!(r#"{{"keys": [{KEY}]}}"#)))
        }
    }

    #[tokio::test]
    async fn an_issuer_is_asked_once_and_again_only_after_a_pause() {
        let (known, issuer) = (KnownKeys::default(), Issuer::default());
        let asked = || issuer.asked.load(Ordering::Relaxed);
        let of = |kid| known.of(&issuer, "https://a.b", kid);
        assert_eq!(of(Some("one")).await.unwrap().len(), 1);
        assert_eq!(of(Some("one")).await.unwrap().len(), 1);
        assert_eq!(asked(), 1, "keys are remembered");
        assert_eq!(of(Some("two")).await.unwrap().len(), 1);
        assert_eq!(asked(), 1, "an unknown key is looked for only after a pause");
        let age = |seconds: u64| {
            let state = known.state("https://a.b");
            let mut state = state.try_lock().unwrap();
            state.fetched = clock::now_secs() - seconds;
        };
        age(PAUSE);
        of(Some("one")).await.unwrap();
        assert_eq!(asked(), 1);
        of(Some("two")).await.unwrap();
        assert_eq!(asked(), 2, "then it is");
        of(Some("two")).await.unwrap();
        assert_eq!(asked(), 2, "once");
        age(LIFETIME);
        of(Some("one")).await.unwrap();
        assert_eq!(asked(), 3, "keys are not trusted for ever");
        known.of(&issuer, "https://c.d", Some("one")).await.unwrap();
        assert_eq!(asked(), 4, "issuers have nothing in common");
    }

    #[tokio::test]
    async fn an_issuer_that_is_down_is_left_in_peace_for_a_moment() {
        let (known, issuer) = (
            KnownKeys::default(),
            Issuer {
                down: true,
                ..Issuer::default()
            },
        );
        for _ in 0..3 {
            assert!(known.of(&issuer, "https://a.b", None).await.is_err());
        }
        assert_eq!(issuer.asked.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn only_public_keys_for_signatures_count() {
        let set = |keys: &str| read(format!(r#"{{"keys": [{keys}]}}"#).as_bytes()).map(|keys| keys.len());
        for (keys, expect) in [
            ("", 0),
            (KEY, 1),
            (r#"{"kty": "oct", "k": "c2VjcmV0", "alg": "HS256"}"#, 0),
            (r#"{"kty": "RSA", "use": "enc", "n": "AA", "e": "AQAB"}"#, 0),
            (
                r#"{"kty": "RSA", "use": "sig", "n": "AA", "e": "AQAB"}, {"kty": "new"}, 7"#,
                1,
            ),
        ] {
            assert_eq!(set(keys).unwrap(), expect, "{keys}");
        }
        for bad in ["", "[]", "{}", r#"{"keys": 1}"#] {
            assert!(read(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
