//! How many denials are kept: somebody who is denied in a loop shall not fill the table.

use std::sync::Mutex;
use std::time::Duration;

use packhouse_storage::clock;
use quick_cache::sync::Cache;

/// How many principals are counted.
const PRINCIPALS: usize = 1024;
/// How many denials of one principal a minute are kept in the table; all of them are in the process's log.
const A_MINUTE: u32 = 30;
const MINUTE: Duration = Duration::from_secs(60);

/// Denials of the last minute, by principal.
#[derive(Debug)]
pub(crate) struct Denials(Cache<String, std::sync::Arc<Mutex<Window>>>);

#[derive(Debug, Default)]
struct Window {
    began: Duration,
    count: u32,
}

impl Default for Denials {
    fn default() -> Self {
        Self(Cache::new(PRINCIPALS))
    }
}

impl Denials {
    /// Whether one more of `principal` is kept.
    pub(crate) fn takes(&self, principal: &str) -> bool {
        self.takes_at(principal, clock::now())
    }

    fn takes_at(&self, principal: &str, now: Duration) -> bool {
        let window = self.0.get_or_insert_with(principal, || {
            Ok::<_, std::convert::Infallible>(std::sync::Arc::default())
        });
        let Ok(window) = window;
        let Ok(mut window) = window.lock() else {
            return true;
        };
        if now.saturating_sub(window.began) >= MINUTE {
            *window = Window { began: now, count: 0 };
        }
        window.count = window.count.saturating_add(1);
        window.count <= A_MINUTE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_of_denials_is_cut_and_another_principal_is_not() {
        let denials = Denials::default();
        let at = |seconds: u64| Duration::from_secs(1_000_000 + seconds);
        let kept = (0..100).filter(|_| denials.takes_at("ana", at(0))).count();
        assert_eq!(kept, 30);
        assert!(denials.takes_at("bob", at(0)));
        assert!(!denials.takes_at("ana", at(59)));
        assert!(denials.takes_at("ana", at(60)));
    }
}
