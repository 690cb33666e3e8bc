//! API Gateway's REST APIs on this machine: a host that applies their rules to requests on the way to functions, and to
//! answers on the way back.
//!
//! Sources: the API Gateway developer guide ("Lambda proxy integrations", "Set up a Lambda proxy integration with payload
//! response streaming", "Important notes", "Gateway response types", "Output from an API Gateway Lambda authorizer").
//! It speaks plain HTTP/1.1; requests are buffered whole, as the real one buffers them.
//!
//! ```no_run
//! use packhouse_harness::{gateway::{Gateway, GatewayConfig, Route}, runtime_api::{Function, FunctionOptions}};
//!
//! let git = Function::deploy(FunctionOptions::new("git", "target/debug/git", Vec::new()));
//! let authorizer = Function::deploy(FunctionOptions::new("authorizer", "target/debug/authorizer", Vec::new()));
//! let gateway = Gateway::start(
//!     GatewayConfig::new("prod")
//!         .route(Route::streaming("ANY", "/v1/repos/{name}/{proxy+}", &git).authorized())
//!         .authorizer(&authorizer)
//!         .response_header("UNAUTHORIZED", "WWW-Authenticate", "'Basic realm=\"Packhouse\"'"),
//! );
//! assert!(gateway.url().ends_with("/prod"));
//! ```

mod answer;
mod authorizer;
mod connection;
mod event;
mod headers;
mod responses;
mod routes;

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    sync::{Arc, Condvar, Mutex, MutexGuard},
    time::Duration,
};

pub use routes::Route;

use crate::{emulators::ACCOUNT, http_server::Acceptor, runtime_api::Function};

/// The gateway's limit on the body of a request, in bytes.
pub const BODY_LIMIT: u64 = 10 * 1024 * 1024;
/// How long the last requests may take to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// What becomes of an `Authorization` header that carries a Signature Version 4 on its way to a function.
///
/// The developer guide says that it is dropped ("Important notes", the footnote of the table of headers), without regard to
/// what authorizes the method. Authorizers get it all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SignedAuthorization {
    /// As the guide says.
    #[default]
    Dropped,
    /// As if the guide meant methods with IAM authorization only.
    PassedOn,
}

/// One deployed stage of a REST API.
#[derive(Debug, Clone)]
pub struct GatewayConfig {
    stage: String,
    api_id: String,
    account: String,
    custom_domain: bool,
    stage_variables: BTreeMap<String, String>,
    routes: Vec<Route>,
    authorizer: Option<Function>,
    signed_authorization: SignedAuthorization,
    responses: BTreeMap<String, responses::Customised>,
}

impl GatewayConfig {
    /// A stage without routes.
    pub fn new(stage: &str) -> Self {
        Self {
            stage: stage.to_owned(),
            api_id: "harness0id".to_owned(),
            account: ACCOUNT.to_owned(),
            custom_domain: false,
            stage_variables: BTreeMap::new(),
            routes: Vec::new(),
            authorizer: None,
            signed_authorization: SignedAuthorization::default(),
            responses: BTreeMap::new(),
        }
    }

    /// Adds a route.
    #[must_use]
    pub fn route(mut self, route: Route) -> Self {
        self.routes.push(route);
        self
    }

    /// The request authorizer of all routes that ask for one; its answers are not cached.
    #[must_use]
    pub fn authorizer(mut self, function: &Function) -> Self {
        self.authorizer = Some(function.clone());
        self
    }

    /// Serves on a custom domain: paths have no stage in front.
    #[must_use]
    pub fn on_custom_domain(mut self) -> Self {
        self.custom_domain = true;
        self
    }

    /// The account in events and ARNs.
    #[must_use]
    pub fn account(mut self, account: &str) -> Self {
        account.clone_into(&mut self.account);
        self
    }

    /// Sets a stage variable.
    #[must_use]
    pub fn stage_variable(mut self, name: &str, value: &str) -> Self {
        self.stage_variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// What becomes of signatures.
    #[must_use]
    pub fn signed_authorization(mut self, signed: SignedAuthorization) -> Self {
        self.signed_authorization = signed;
        self
    }

    /// Adds a header to a gateway response by its type, such as `UNAUTHORIZED` or `DEFAULT_5XX`. The value may stand in single
    /// quotes and the name behind `gatewayresponse.header.`, as both do in templates.
    #[must_use]
    pub fn response_header(mut self, response_type: &str, name: &str, value: &str) -> Self {
        let response = self.responses.entry(response_type.to_owned()).or_default();
        response.add_header(name, value);
        self
    }

    /// Changes the status of a gateway response.
    #[must_use]
    pub fn response_status(mut self, response_type: &str, status: u16) -> Self {
        let response = self.responses.entry(response_type.to_owned()).or_default();
        response.status = Some(status);
        self
    }
}

/// A running gateway. Dropping it stops accepting connections.
#[derive(Debug)]
pub struct Gateway {
    acceptor: Acceptor,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    config: GatewayConfig,
    requests: Mutex<Requests>,
    /// A request ended.
    ended: Condvar,
}

#[derive(Debug, Default)]
struct Requests {
    under_way: usize,
    answered: Vec<Answered>,
}

impl State {
    fn requests(&self) -> MutexGuard<'_, Requests> {
        self.requests.lock().expect("nothing panics while it holds this")
    }
}

/// A request that was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Its method.
    pub method: String,
    /// Its path, as sent.
    pub path: String,
    /// The status of the answer.
    pub status: u16,
    /// How long until the answer was sent, or broke off.
    pub took: Duration,
    /// False when the answer broke off.
    pub whole: bool,
}

impl Gateway {
    /// Starts a gateway on a free port.
    pub fn start(config: GatewayConfig) -> Self {
        let state = Arc::new(State {
            config,
            requests: Mutex::default(),
            ended: Condvar::new(),
        });
        let shared = Arc::clone(&state);
        let acceptor = Acceptor::start(move |stream| connection::serve(stream, &shared));
        Self { acceptor, state }
    }

    /// `http://127.0.0.1:PORT/STAGE`, or without the stage on a custom domain.
    pub fn url(&self) -> String {
        let address = self.acceptor.address();
        if self.state.config.custom_domain {
            return format!("http://{address}");
        }
        format!("http://{address}/{}", self.state.config.stage)
    }

    /// What was answered, in the order in which answers ended. Waits for requests that are under way: a client has its
    /// answer an instant before the gateway has seen the end of it.
    pub fn answered(&self) -> Vec<Answered> {
        let requests = self.state.requests();
        let quiet = self
            .state
            .ended
            .wait_timeout_while(requests, PATIENCE, |requests| requests.under_way > 0);
        let (requests, late) = quiet.expect("nothing panics while it holds this");
        assert!(!late.timed_out(), "a request does not end");
        requests.answered.clone()
    }
}
