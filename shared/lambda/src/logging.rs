//! The log: lines of JSON on stderr, which Lambda keeps.

use lambda_runtime::Error;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
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
        .with(lines.with_filter(targets(filter)?))
        .try_init()?;
    std::panic::set_hook(Box::new(|panic| {
        let backtrace = std::backtrace::Backtrace::capture();
        tracing::error!(%panic, %backtrace, "the function panicked");
    }));
    Ok(())
}

/// What `filter` lets through. No regular expressions: to compile one takes part of a cold start.
fn targets(filter: &str) -> Result<Targets, Error> {
    let targets = format!("{QUIET},{filter}").parse::<Targets>();
    targets.map_err(|error| format!("the environment variable PACKHOUSE_LOG is {filter:?}, no filter: {error}").into())
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

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
