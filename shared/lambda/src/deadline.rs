//! How long an invocation may take.

use std::time::Duration;

use lambda_runtime::Context;
use packhouse_storage::clock;
use tokio::time::Instant;

/// The longest invocation that Lambda has.
const LONGEST: Duration = Duration::from_secs(900);

/// What is left of an invocation before Lambda ends it, `margin` earlier (at most half of it, where little is left).
///
/// An emulator that does not know a deadline tells one that is over, or none; then it is the longest.
pub(crate) fn remaining(context: &Context, margin: Duration) -> Duration {
    let deadline = Duration::from_millis(context.deadline);
    let left = deadline.checked_sub(clock::now()).unwrap_or(LONGEST).min(LONGEST);
    left - margin.min(left / 2)
}

/// When that is over.
pub(crate) fn until(context: &Context, margin: Duration) -> Instant {
    Instant::now() + remaining(context, margin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_remains_is_told_from_the_deadline_with_a_margin() {
        let check = |deadline: Duration, low: u64, high: u64| {
            let mut context = Context::default();
            context.deadline = u64::try_from(deadline.as_millis()).unwrap();
            let remaining = remaining(&context, Duration::from_secs(10)).as_secs_f64();
            assert!((low as f64..=high as f64).contains(&remaining), "{remaining}");
        };
        let seconds = Duration::from_secs;
        check(clock::now() + seconds(60), 49, 50);
        check(clock::now() + seconds(6), 2, 3);
        check(clock::now() + seconds(5000), 890, 890);
        check(Duration::ZERO, 890, 890);
        check(clock::now() - seconds(1), 890, 890);
    }
}
