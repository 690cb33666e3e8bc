//! The log: lines of JSON on stderr, which Lambda keeps.

use lambda_runtime::Error;
use tracing::{Level, Subscriber};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{FilterExt as _, Targets, filter_fn};
use tracing_subscriber::layer::{Filter, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

/// What is quieter than the rest unless it is named: each use of credentials, and each failure that we log ourselves.
const QUIET: &str = "aws_config=warn,aws_smithy_runtime=warn,lambda_runtime::layers::panic=off";

/// Starts logging, panics included.
///
/// # Errors
/// When `filter` is no filter.
pub(crate) fn start(filter: &str) -> Result<(), Error> {
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .with_writer(std::io::stderr);
    tracing_subscriber::registry()
        .with(lines.with_filter(what(filter)?))
        .try_init()?;
    std::panic::set_hook(Box::new(|panic| {
        let backtrace = std::backtrace::Backtrace::capture();
        tracing::error!(%panic, %backtrace, "the function panicked");
    }));
    Ok(())
}

/// What `filter` lets through, without secrets whatever it says.
fn what<S: Subscriber>(filter: &str) -> Result<impl Filter<S> + use<S>, Error> {
    let without_secrets =
        filter_fn(|logged| *logged.level() <= Level::INFO || !packhouse_federation::logs_urls(logged.target()));
    Ok(targets(filter)?.and(without_secrets))
}

/// What `filter` names. No regular expressions: to compile one takes part of a cold start.
fn targets(filter: &str) -> Result<Targets, Error> {
    let targets = format!("{QUIET},{filter}").parse::<Targets>();
    targets.map_err(|error| format!("the environment variable PACKHOUSE_LOG is {filter:?}, no filter: {error}").into())
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;

    /// What was written.
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn urls_that_are_as_good_as_keys_are_logged_by_no_filter() {
        for filter in [
            "trace",
            "trace,ureq=trace",
            "ureq::run=debug,ureq_proto::util=trace,info",
        ] {
            let written = Written::default();
            let writer = written.clone();
            let lines = tracing_subscriber::fmt::layer().with_writer(move || writer.clone());
            let log = tracing_subscriber::registry().with(lines.with_filter(what(filter).unwrap()));
            tracing::subscriber::with_default(log, || {
                tracing::debug!(target: "ureq::run", "a URL");
                tracing::trace!(target: "ureq_proto::util", "its bytes");
                tracing::info!(target: "ureq::run", "a fact");
                tracing::info!("another");
            });
            let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
            assert!(text.contains("a fact") && text.contains("another"), "{filter}: {text}");
            assert!(!text.contains("URL") && !text.contains("bytes"), "{filter}: {text}");
        }
    }

    #[test]
    fn a_filter_names_levels_and_targets() {
        let check = |filter: &str, target: &str, level: Level, expect: bool| {
            assert_eq!(
                targets(filter).unwrap().would_enable(target, &level),
                expect,
                "{filter} {target}"
            );
        };
        check("info", "packhouse_http::request", Level::INFO, true);
        check("info", "packhouse_http::request", Level::DEBUG, false);
        check("info", "aws_smithy_runtime::client", Level::INFO, false);
        check(
            "info,aws_smithy_runtime=debug",
            "aws_smithy_runtime::client",
            Level::DEBUG,
            true,
        );
        check(
            "warn,packhouse_storage=debug",
            "packhouse_storage::push",
            Level::DEBUG,
            true,
        );
        assert!(targets("packhouse=loud").is_err());
    }
}
