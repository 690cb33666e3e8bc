//! What failed calls mean to the port.

use std::error::Error as StdError;

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use packhouse_storage::table::{Key, TableError};

use crate::failure::describe;

/// What a request that could not even be made means.
pub(super) fn not_built(error: &BuildError) -> TableError {
    TableError::Unavailable(format!("a request could not be made: {error}"))
}

/// What a failed read of `table` means.
pub(super) fn of_read<E>(table: &str, error: &SdkError<E, HttpResponse>) -> TableError
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    match error.code() {
        Some("ValidationException") => other_form(table, &describe(error)),
        _ => unavailable(table, error),
    }
}

/// What a failed transaction means that wrote `keys`, in this order; `unknown` says whether some attempt of it may have
/// been carried out.
pub(super) fn of_transaction(
    table: &str,
    keys: &[&Key],
    error: &SdkError<TransactWriteItemsError, HttpResponse>,
    unknown: bool,
) -> TableError {
    if let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error() {
        let codes = cancelled
            .cancellation_reasons()
            .iter()
            .map(|reason| reason.code().unwrap_or_default());
        let reasons: Vec<_> = keys.iter().copied().zip(codes).collect();
        return of_cancellation(table, &reasons, &describe(error), unknown);
    }
    // The token of a transaction that is still being carried out, or that another one has, leaves open what became of it.
    let open = [
        Some("TransactionInProgressException"),
        Some("IdempotentParameterMismatchException"),
    ];
    if unknown || open.contains(&error.code()) {
        return TableError::Ambiguous(describe(error));
    }
    match (error.code(), error.message()) {
        (Some("ValidationException"), Some(message)) if is_about_size(message) => too_large(),
        (Some("ValidationException"), _) => other_form(table, &describe(error)),
        _ => unavailable(table, error),
    }
}

/// What the reasons of a cancelled transaction mean, one for each key.
fn of_cancellation(table: &str, reasons: &[(&Key, &str)], described: &str, unknown: bool) -> TableError {
    let first = |code: &str| reasons.iter().find(|(_, is)| *is == code).map(|(key, _)| *key);
    // Had an earlier attempt been carried out, its token would have made this one succeed, whatever the condition.
    if let Some(key) = first("ConditionalCheckFailed") {
        return TableError::Conflict(key.clone());
    }
    if unknown {
        return TableError::Ambiguous(described.into());
    }
    if let Some(key) = first("TransactionConflict") {
        return TableError::Conflict(key.clone());
    }
    if first("ItemCollectionSizeLimitExceeded").is_some() {
        return too_large();
    }
    if first("ValidationError").is_some() {
        return if is_about_size(described) {
            too_large()
        } else {
            other_form(table, described)
        };
    }
    TableError::Unavailable(described.into())
}

fn is_about_size(message: &str) -> bool {
    message.contains("size") || message.contains("exceed")
}

fn too_large() -> TableError {
    TableError::TooLarge("more than an item or a transaction of DynamoDB holds".into())
}

fn other_form(table: &str, described: &str) -> TableError {
    TableError::Corrupt(format!("table {table} takes no items of ours: {described}"))
}

fn unavailable<E>(table: &str, error: &SdkError<E, HttpResponse>) -> TableError
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    TableError::Unavailable(match error.code() {
        Some("ResourceNotFoundException") => format!("there is no table {table}: {}", describe(error)),
        _ => describe(error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reasons_of_a_cancellation_tell_what_to_do() {
        let keys = [Key::new("a", "1"), Key::new("b", "2"), Key::new("c", "3")];
        let size = "ValidationError: Item size has exceeded the maximum allowed size";
        let schema = "ValidationError: The provided key element does not match the schema";
        for (codes, described, unknown, expect) in [
            (
                ["None", "ConditionalCheckFailed", "ConditionalCheckFailed"],
                "",
                false,
                "Conflict(b / 2)",
            ),
            (["TransactionConflict", "None", "None"], "", false, "Conflict(a / 1)"),
            (
                ["TransactionConflict", "None", "ConditionalCheckFailed"],
                "",
                false,
                "Conflict(c / 3)",
            ),
            (
                ["ThrottlingError", "TransactionConflict", "None"],
                "",
                false,
                "Conflict(b / 2)",
            ),
            (["ThrottlingError", "None", "None"], "t", false, "Unavailable(\"t\")"),
            (
                ["None", "ProvisionedThroughputExceeded", "None"],
                "t",
                false,
                "Unavailable(\"t\")",
            ),
            (["None", "SomethingNew", "None"], "t", false, "Unavailable(\"t\")"),
            (["None", "None", "None"], "t", false, "Unavailable(\"t\")"),
            (["ValidationError", "None", "None"], size, false, "TooLarge("),
            (
                ["ItemCollectionSizeLimitExceeded", "None", "None"],
                "",
                false,
                "TooLarge(",
            ),
            (["ValidationError", "None", "None"], schema, false, "Corrupt("),
            // An earlier attempt may have been carried out.
            (["None", "ConditionalCheckFailed", "None"], "", true, "Conflict(b / 2)"),
            (["TransactionConflict", "None", "None"], "t", true, "Ambiguous(\"t\")"),
            (["ThrottlingError", "None", "None"], "t", true, "Ambiguous(\"t\")"),
        ] {
            let reasons: Vec<_> = keys.iter().zip(codes).collect();
            let error = format!("{:?}", of_cancellation("t", &reasons, described, unknown));
            assert!(error.starts_with(expect), "{codes:?} {unknown}: {error}");
        }
    }
}
