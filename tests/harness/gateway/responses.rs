//! Gateway responses: what the gateway says itself.

/// A gateway response's type, and what it says unless it is customised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct GatewayResponse {
    kind: &'static str,
    status: u16,
    error_type: &'static str,
    body: &'static str,
}

/// What a template changes of a gateway response.
#[derive(Debug, Clone, Default)]
pub(super) struct Customised {
    pub(super) status: Option<u16>,
    headers: Vec<(String, String)>,
}

impl Customised {
    pub(super) fn add_header(&mut self, name: &str, value: &str) {
        let name = name.strip_prefix("gatewayresponse.header.").unwrap_or(name);
        let quoted = value.strip_prefix('\'').and_then(|value| value.strip_suffix('\''));
        self.headers.push((name.to_owned(), quoted.unwrap_or(value).to_owned()));
    }
}

const fn response(kind: &'static str, status: u16, error_type: &'static str, body: &'static str) -> GatewayResponse {
    GatewayResponse {
        kind,
        status,
        error_type,
        body,
    }
}

/// No such stage.
pub(super) const FORBIDDEN: GatewayResponse =
    response("DEFAULT_4XX", 403, "ForbiddenException", r#"{"message":"Forbidden"}"#);
/// No such resource, or no such method of it.
pub(super) const NO_ROUTE: GatewayResponse = response(
    "MISSING_AUTHENTICATION_TOKEN",
    403,
    "MissingAuthenticationTokenException",
    r#"{"message":"Missing Authentication Token"}"#,
);
/// A body above 10 MB, or an event above what Lambda takes.
pub(super) const TOO_LARGE: GatewayResponse = response(
    "REQUEST_TOO_LARGE",
    413,
    "RequestEntityTooLargeException",
    r#"{"message":"Request Too Long"}"#,
);
/// The authorizer said `Unauthorized`.
pub(super) const UNAUTHORIZED: GatewayResponse = response(
    "UNAUTHORIZED",
    401,
    "UnauthorizedException",
    r#"{"message":"Unauthorized"}"#,
);
/// The authorizer's policy does not allow the method.
pub(super) const ACCESS_DENIED: GatewayResponse = response(
    "ACCESS_DENIED",
    403,
    "AccessDeniedException",
    r#"{"Message":"User is not authorized to access this resource"}"#,
);
/// The authorizer failed, or answered what is no policy.
pub(super) const AUTHORIZER_FAILED: GatewayResponse = response(
    "AUTHORIZER_CONFIGURATION_ERROR",
    500,
    "AuthorizerConfigurationException",
    r#"{"message":null}"#,
);
/// The function failed, or answered what is no answer.
pub(super) const FUNCTION_FAILED: GatewayResponse = response(
    "DEFAULT_5XX",
    502,
    "InternalServerErrorException",
    r#"{"message": "Internal server error"}"#,
);
/// The function was not invoked, or its body is not the base64 that it says.
pub(super) const INTERNAL: GatewayResponse = response(
    "API_CONFIGURATION_ERROR",
    500,
    "InternalServerErrorException",
    r#"{"message": "Internal server error"}"#,
);
/// The function took too long.
pub(super) const TIMED_OUT: GatewayResponse = response(
    "INTEGRATION_TIMEOUT",
    504,
    "InternalServerErrorException",
    r#"{"message": "Endpoint request timed out"}"#,
);

impl GatewayResponse {
    /// Status, headers and body, as customised: by its own type, else by the default of its class. That of requests that are
    /// too large cannot be customised.
    pub(super) fn render(
        self,
        customised: &std::collections::BTreeMap<String, Customised>,
    ) -> (u16, Vec<(String, String)>, &'static str) {
        let class = if self.status < 500 {
            "DEFAULT_4XX"
        } else {
            "DEFAULT_5XX"
        };
        let found = customised.get(self.kind).or_else(|| customised.get(class));
        let custom = found.filter(|_| self != TOO_LARGE).cloned().unwrap_or_default();
        let mut headers = vec![
            ("Content-Type".to_owned(), "application/json".to_owned()),
            ("x-amzn-ErrorType".to_owned(), self.error_type.to_owned()),
        ];
        headers.extend(custom.headers);
        (custom.status.unwrap_or(self.status), headers, self.body)
    }
}
