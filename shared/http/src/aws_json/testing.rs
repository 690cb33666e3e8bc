//! A server over the stores in memory, and requests to it, signed as clients sign.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderValue, Request};
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::administrator::{self, Secrets};
use packhouse_forge::installation;
use packhouse_forge::jobs::Queue;
use packhouse_forge::master_key::MasterKey;
use packhouse_storage::blobs::presigned::Signer;
use packhouse_storage::clock;
use packhouse_storage::memory::{MemoryBlobs, MemoryTable};
use packhouse_storage::store::{Limits, Store};
use packhouse_storage::table::Table;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::auth::gateway::GitCallers;
use crate::auth::sigv4::{Scope, Signable, authorization, format_time};
use crate::{App, router};

pub(crate) struct Server {
    pub(crate) router: Router,
    pub(crate) app: App,
    pub(crate) secrets: Secrets,
}

pub(crate) async fn server() -> Server {
    server_on(Arc::new(MemoryTable::default())).await
}

/// A server whose table is given.
pub(crate) async fn server_on(table: Arc<dyn Table>) -> Server {
    let signer = Signer::new(&[7; 32]);
    let blobs = Arc::new(MemoryBlobs::new(signer.clone()));
    let key = MasterKey::new([1; 32]);
    let installation = installation::open(&*table, None, None, &key).await.unwrap();
    let store = Store::new(table, blobs, std::env::temp_dir(), Limits::default());
    let forge = Forge::new(
        store,
        installation,
        Arc::new(key),
        Arc::new(Queue::default()),
        "http://localhost:8080",
    );
    let secrets = Secrets::fresh(&forge.installation().account);
    administrator::ensure(&forge, &secrets).await.unwrap();
    let app = App {
        forge: Arc::new(forge),
        sparse_filter: false,
        git_callers: GitCallers::Basic,
        blob_urls: Some(signer),
    };
    Server {
        router: router(app.clone()),
        app,
        secrets,
    }
}

/// What came back: status, exception or nothing, body.
#[derive(Debug, PartialEq)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) exception: Option<String>,
    pub(crate) body: Value,
}

impl Server {
    pub(crate) fn headers(&self, target: &str, body: &[u8], secret: &str) -> HeaderMap {
        let now = clock::now_secs();
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("localhost:8080"));
        headers.insert("x-amz-date", HeaderValue::from_str(&format_time(now)).unwrap());
        headers.insert("x-amz-target", HeaderValue::from_str(target).unwrap());
        let signable = Signable {
            method: "POST",
            path: "/",
            query: "",
            headers: &headers,
            authority: None,
        };
        let scope = Scope {
            region: "us-east-1",
            service: "codecommit",
        };
        let signed = authorization(&signable, body, scope, &self.secrets.access_key_id, secret, now).unwrap();
        headers.insert("authorization", HeaderValue::from_str(&signed).unwrap());
        headers
    }

    pub(crate) async fn send(&self, headers: HeaderMap, body: Vec<u8>) -> Got {
        let mut request = Request::post("/").body(Body::from(body)).unwrap();
        *request.headers_mut() = headers;
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert!(response.headers().contains_key("x-amzn-requestid"));
        let exception = response
            .headers()
            .get("x-amzn-errortype")
            .map(|name| name.to_str().unwrap().to_owned());
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).unwrap()
        };
        assert_eq!(exception.as_deref(), body["__type"].as_str());
        Got {
            status,
            exception,
            body,
        }
    }

    /// Calls an operation of our own.
    pub(crate) async fn administrate(&self, operation: &str, body: &str) -> Got {
        let target = format!("Packhouse_20260101.{operation}");
        let headers = self.headers(&target, body.as_bytes(), &self.secrets.secret_access_key);
        self.send(headers, body.as_bytes().to_vec()).await
    }

    pub(crate) async fn call(&self, operation: &str, body: &str) -> Got {
        let target = format!("CodeCommit_20150413.{operation}");
        let headers = self.headers(&target, body.as_bytes(), &self.secrets.secret_access_key);
        self.send(headers, body.as_bytes().to_vec()).await
    }

    pub(crate) async fn check(&self, operation: &str, body: &str, exception: &str) {
        let got = self.call(operation, body).await;
        assert_eq!(
            (got.status, got.exception.as_deref()),
            (400, Some(exception)),
            "{operation} {body}: {:?}",
            got.body
        );
    }
}
