//! Metrics in `CloudWatch`'s embedded format: a line of JSON on stdout, out of which Lambda's log makes metrics.

use std::io::Write as _;
use std::sync::Arc;

use axum::body::Body;
use axum::http::StatusCode;
use packhouse_http::request::counted;
use packhouse_storage::clock;
use serde_json::json;
use tokio::time::Instant;
use tracing::Span;

/// Where metrics of a function go: nowhere, unless they are asked for, because each custom metric costs money.
#[derive(Clone, Debug, Default)]
pub(crate) struct Metrics {
    function: Option<Arc<str>>,
}

/// What one invocation was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Measured {
    pub(crate) failed: bool,
    pub(crate) milliseconds: u64,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
}

impl Metrics {
    /// Those of `function`, if they are `wanted`.
    pub(crate) fn new(wanted: bool, function: &str) -> Self {
        Self {
            function: wanted.then(|| function.into()),
        }
    }

    /// Writes the line of one invocation.
    pub(crate) fn write(&self, measured: Measured) {
        if let Some(function) = &self.function {
            let line = line(function, measured, clock::now().as_millis());
            // Where stdout is gone there is nobody left to tell.
            drop(std::io::stdout().lock().write_all(line.as_bytes()));
        }
    }

    /// Starts to measure an invocation that answers no request.
    pub(crate) fn start(&self) -> Started {
        Started {
            metrics: self.clone(),
            at: Instant::now(),
        }
    }
}

/// An invocation that is being measured.
pub(crate) struct Started {
    metrics: Metrics,
    at: Instant,
}

impl Started {
    /// It ended.
    pub(crate) fn end(self, failed: bool) {
        self.end_with(failed, 0, 0);
    }

    fn end_with(&self, failed: bool, bytes_in: u64, bytes_out: u64) {
        self.metrics.write(Measured {
            failed,
            milliseconds: u64::try_from(self.at.elapsed().as_millis()).unwrap_or(u64::MAX),
            bytes_in,
            bytes_out,
        });
    }

    /// It ends with this answer: when the body was sent, or nobody wants more of it.
    pub(crate) fn end_behind(self, status: StatusCode, bytes_in: u64, body: Body) -> Body {
        if self.metrics.function.is_none() {
            return body;
        }
        let failed = status.is_server_error();
        counted(body, Span::none(), move |ended| {
            self.end_with(failed || ended.failure.is_some(), bytes_in, ended.bytes);
        })
    }
}

fn line(function: &str, measured: Measured, now_ms: u128) -> String {
    let metric = |name: &str, unit: &str| json!({ "Name": name, "Unit": unit });
    let line = json!({
        "_aws": {
            "Timestamp": u64::try_from(now_ms).unwrap_or(u64::MAX),
            "CloudWatchMetrics": [{
                "Namespace": "Packhouse",
                "Dimensions": [["Function"]],
                "Metrics": [
                    metric("Requests", "Count"),
                    metric("Errors", "Count"),
                    metric("Latency", "Milliseconds"),
                    metric("BytesIn", "Bytes"),
                    metric("BytesOut", "Bytes"),
                ],
            }],
        },
        "Function": function,
        "Requests": 1,
        "Errors": u8::from(measured.failed),
        "Latency": measured.milliseconds,
        "BytesIn": measured.bytes_in,
        "BytesOut": measured.bytes_out,
    });
    format!("{line}\n")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_line_names_each_metric_that_it_holds() {
        let measured = Measured {
            failed: true,
            milliseconds: 12,
            bytes_in: 3,
            bytes_out: 4,
        };
        let line = line("prod-git", measured, 1_700_000_000_123);
        assert_eq!(line.matches('\n').count(), 1, "one event of the log is one line");
        let line: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(line["_aws"]["Timestamp"], 1_700_000_000_123_u64);
        let described = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(described["Namespace"], "Packhouse");
        for dimension in described["Dimensions"][0].as_array().unwrap() {
            assert!(line[dimension.as_str().unwrap()].is_string());
        }
        let metrics = described["Metrics"].as_array().unwrap().iter();
        let values: Vec<_> = metrics
            .map(|metric| line[metric["Name"].as_str().unwrap()].as_u64())
            .collect();
        assert_eq!(values, [Some(1), Some(1), Some(12), Some(3), Some(4)]);
    }
}
