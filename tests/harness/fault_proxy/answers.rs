//! The errors of DynamoDB and S3, byte for byte as they come over the wire.

use serde_json::{Value, json};

/// An answer that is given instead of the service's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer(Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Fixed {
        status: u16,
        content_type: &'static str,
        body: String,
    },
    /// Its list of reasons is as long as the request's list of items.
    TransactionCanceled { code: &'static str, message: &'static str },
}

/// An answer for one request.
pub(super) struct Rendered {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) body: String,
}

const JSON: &str = "application/x-amz-json-1.0";
const DYNAMO: &str = "com.amazonaws.dynamodb.v20120810";

impl Answer {
    /// Any status with any body.
    pub fn of(status: u16, content_type: &'static str, body: impl Into<String>) -> Self {
        Self(Kind::Fixed {
            status,
            content_type,
            body: body.into(),
        })
    }

    /// DynamoDB cancelled a transaction because another one held the first of its items.
    pub fn transaction_conflict() -> Self {
        Self(Kind::TransactionCanceled {
            code: "TransactionConflict",
            message: "Transaction is ongoing for the item",
        })
    }

    /// DynamoDB cancelled a transaction because the first of its items is written too often.
    pub fn transaction_throttled() -> Self {
        Self(Kind::TransactionCanceled {
            code: "ThrottlingError",
            message: "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your \
                      table or index so please try again shortly. If exceptions persist, check if you have a hot key: \
                      https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html",
        })
    }

    /// DynamoDB still carries out a transaction with the same client request token.
    pub fn transaction_in_progress() -> Self {
        let message = "Transaction is currently in progress for the given client request token";
        Self::dynamo(
            400,
            DYNAMO,
            &json!({ "__type": "TransactionInProgressException", "Message": message }),
        )
    }

    /// DynamoDB refused a single item's write because a transaction held the item.
    pub fn item_transaction_conflict() -> Self {
        let message = "Transaction is ongoing for the item";
        Self::dynamo(
            400,
            DYNAMO,
            &json!({ "__type": "TransactionConflictException", "message": message }),
        )
    }

    /// A table with provisioned throughput had no more of it.
    pub fn throughput_exceeded() -> Self {
        let message = "The level of configured provisioned throughput for the table was exceeded. Consider increasing your \
                       provisioning level with the UpdateTable API.";
        Self::dynamo(
            400,
            DYNAMO,
            &json!({ "__type": "ProvisionedThroughputExceededException", "message": message }),
        )
    }

    /// The caller's policies do not permit it.
    pub fn access_denied() -> Self {
        let message = "User is not authorized to perform this action";
        Self::dynamo(
            400,
            "com.amazon.coral.service",
            &json!({ "__type": "AccessDeniedException", "Message": message }),
        )
    }

    /// DynamoDB was asked too much.
    pub fn throttled() -> Self {
        let message = "Rate of requests exceeds the allowed throughput.";
        Self::dynamo(
            400,
            "com.amazon.coral.availability",
            &json!({ "__type": "ThrottlingException", "message": message }),
        )
    }

    /// DynamoDB failed, whether it did what was asked or not.
    pub fn internal_server_error() -> Self {
        let message = "Internal server error";
        Self::dynamo(
            500,
            DYNAMO,
            &json!({ "__type": "InternalServerError", "message": message }),
        )
    }

    /// S3 was asked too much: 503.
    pub fn slow_down() -> Self {
        Self::s3(503, "SlowDown", "Please reduce your request rate.")
    }

    /// S3 failed: 500.
    pub fn internal_error() -> Self {
        Self::s3(
            500,
            "InternalError",
            "We encountered an internal error. Please try again.",
        )
    }

    /// S3 refused a conditional write because another one to the same key was under way: 409.
    pub fn conditional_request_conflict() -> Self {
        Self::s3(
            409,
            "ConditionalRequestConflict",
            "The conditional request cannot succeed due to a conflicting operation against this resource.",
        )
    }

    fn dynamo(status: u16, namespace: &str, error: &Value) -> Self {
        let mut error = error.clone();
        error["__type"] = qualified(namespace, error["__type"].as_str().unwrap_or_default());
        Self::of(status, JSON, error.to_string())
    }

    fn s3(status: u16, code: &str, message: &str) -> Self {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message>\
             <RequestId>4442587FB7D0A2F9</RequestId><HostId>fault-proxy</HostId></Error>"
        );
        Self::of(status, "application/xml", body)
    }

    /// The answer to a request with this body.
    pub(super) fn render(&self, request: &[u8]) -> Rendered {
        match &self.0 {
            Kind::Fixed {
                status,
                content_type,
                body,
            } => Rendered {
                status: *status,
                content_type,
                body: body.clone(),
            },
            Kind::TransactionCanceled { code, message } => Rendered {
                status: 400,
                content_type: JSON,
                body: cancellation(code, message, request),
            },
        }
    }
}

fn qualified(namespace: &str, name: &str) -> Value {
    Value::String(format!("{namespace}#{name}"))
}

/// The first item's reason is the given one, the others have none.
fn cancellation(code: &str, message: &str, request: &[u8]) -> String {
    let request: Value = serde_json::from_slice(request).unwrap_or_default();
    let items = request["TransactItems"]
        .as_array()
        .map_or(1, |items| items.len().max(1));
    let mut reasons = vec![json!({ "Code": "None" }); items];
    reasons[0] = json!({ "Code": code, "Message": message });
    let codes: Vec<_> = reasons
        .iter()
        .map(|reason| reason["Code"].as_str().unwrap_or_default())
        .collect();
    let message = format!(
        "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
        codes.join(", ")
    );
    json!({
        "__type": qualified(DYNAMO, "TransactionCanceledException"),
        "CancellationReasons": reasons,
        "Message": message,
    })
    .to_string()
}
