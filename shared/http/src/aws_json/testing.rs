//! A server over the stores in memory, and requests to it, signed as clients sign.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderValue, Request};
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::administrator::{self, Secrets};
use packhouse_forge::identity::session::{self, Session, SessionOf};
use packhouse_forge::identity::{Who, access_keys};
use packhouse_forge::installation;
use packhouse_forge::jobs::Queue;
use packhouse_forge::master_key::MasterKey;
use packhouse_forge::names::Region;
use packhouse_storage::blobs::presigned::Signer;
use packhouse_storage::clock;
use packhouse_storage::limits::Limits;
use packhouse_storage::memory::{MemoryBlobs, MemoryTable};
use packhouse_storage::store::Store;
use packhouse_storage::table::Table;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::auth::Callers;
use crate::auth::sigv4::{Scope, Signable, authorization, format_time};
use crate::auth::source::Peer;
use crate::{App, router};

/// What credentials are kept under.
const MASTER_KEY: [u8; 32] = [1; 32];
/// Where clients reach it.
const URL: &str = "http://localhost:8080";
/// What requests of `CodeCommit` are signed for.
pub(crate) const SCOPE: Scope<'_> = Scope {
    region: "us-east-1",
    service: "codecommit",
};

pub(crate) struct Server {
    pub(crate) router: Router,
    pub(crate) app: App,
    pub(crate) secrets: Secrets,
    pub(crate) blobs: Arc<MemoryBlobs>,
}

/// An access key, a temporary one where it has a token.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) token: Option<String>,
}

impl Key {
    /// Signs a request with all headers that it has.
    pub(crate) fn sign(&self, request: &mut Request<Vec<u8>>, scope: Scope<'_>, seconds: u64) {
        let text = |text: &str| HeaderValue::from_str(text).unwrap();
        let headers = request.headers_mut();
        headers
            .entry("host")
            .or_insert(HeaderValue::from_static("localhost:8080"));
        headers.insert("x-amz-date", text(&format_time(seconds)));
        if let Some(token) = &self.token {
            headers.insert("x-amz-security-token", text(token));
        }
        let signable = Signable {
            method: request.method().as_str(),
            path: request.uri().path(),
            query: request.uri().query().unwrap_or_default(),
            headers: request.headers(),
            authority: None,
        };
        let signed = authorization(&signable, request.body(), scope, &self.id, &self.secret, seconds).unwrap();
        request.headers_mut().insert("authorization", text(&signed));
    }
}

pub(crate) async fn server() -> Server {
    server_on(Arc::new(MemoryTable::default())).await
}

/// A server that answers as that region.
pub(crate) async fn server_in(region: &str) -> Server {
    let region = Region::new(region).unwrap();
    server_of(Arc::new(MemoryTable::default()), Some(&region), URL).await
}

/// A server whose table is given.
pub(crate) async fn server_on(table: Arc<dyn Table>) -> Server {
    server_of(table, None, URL).await
}

/// A server that clients reach under that URL.
pub(crate) async fn server_at(url: &str) -> Server {
    server_of(Arc::new(MemoryTable::default()), None, url).await
}

/// A server whose service is changed before it starts.
pub(crate) async fn server_with(change: impl FnOnce(Forge) -> Forge) -> Server {
    changed(Arc::new(MemoryTable::default()), None, URL, change).await
}

async fn server_of(table: Arc<dyn Table>, region: Option<&Region>, url: &str) -> Server {
    changed(table, region, url, |forge| forge).await
}

async fn changed(
    table: Arc<dyn Table>,
    region: Option<&Region>,
    url: &str,
    change: impl FnOnce(Forge) -> Forge,
) -> Server {
    let signer = Signer::new(&[7; 32]);
    let blobs = Arc::new(MemoryBlobs::new(signer.clone()));
    let key = MasterKey::new(MASTER_KEY);
    let installation = installation::open(&*table, None, region, &key).await.unwrap();
    let store = Store::new(table, Arc::clone(&blobs) as _, std::env::temp_dir(), Limits::default());
    let forge = change(Forge::new(
        store,
        installation,
        Arc::new(key),
        Arc::new(Queue::default()),
        url,
    ));
    let secrets = Secrets::fresh(&forge.installation().account);
    administrator::ensure(&forge, &secrets).await.unwrap();
    let app = App {
        forge: Arc::new(forge),
        sparse_filter: false,
        callers: Callers::default(),
        blob_urls: Some(signer),
    };
    Server {
        router: router(app.clone()),
        app,
        secrets,
        blobs,
    }
}

/// What came back: status, exception or nothing, body.
#[derive(Debug, PartialEq)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) exception: Option<String>,
    pub(crate) body: Value,
}

/// A call of an operation, not signed.
pub(crate) fn call(target: &str, body: &[u8]) -> Request<Vec<u8>> {
    let request = Request::post("/").header("x-amz-target", target);
    request.body(body.to_vec()).unwrap()
}

impl Server {
    /// The administrator's access key.
    pub(crate) fn key(&self) -> Key {
        Key {
            id: self.secrets.access_key_id.clone(),
            secret: self.secrets.secret_access_key.clone(),
            token: None,
        }
    }

    /// A temporary key of the administrator.
    pub(crate) async fn session(&self) -> Key {
        self.session_with(|_| ()).await
    }

    /// A temporary key of the administrator, changed.
    pub(crate) async fn session_with(&self, change: impl FnOnce(&mut Session)) -> Key {
        let found = access_keys::find(&self.app.forge, &self.secrets.access_key_id, None).await;
        let Who::User { name, id } = found.unwrap().unwrap().proven().who.clone() else {
            panic!("an administrator is a user")
        };
        let issued = clock::now_secs();
        let mut session = Session {
            of: SessionOf::User { name, id },
            issued,
            expires: issued + 900,
            mfa: false,
            policies: Vec::new(),
            policy_arns: Vec::new(),
            tags: std::collections::BTreeMap::new(),
            provider: None,
            claims: std::collections::BTreeMap::new(),
        };
        change(&mut session);
        let made = session::issue(&MasterKey::new(MASTER_KEY), &session);
        Key {
            id: made.id,
            secret: made.secret,
            token: Some(made.token),
        }
    }

    pub(crate) fn headers(&self, target: &str, body: &[u8], secret: &str) -> HeaderMap {
        let key = Key {
            secret: secret.to_owned(),
            ..self.key()
        };
        let mut request = call(target, body);
        key.sign(&mut request, SCOPE, clock::now_secs());
        request.into_parts().0.headers
    }

    pub(crate) async fn send(&self, headers: HeaderMap, body: Vec<u8>) -> Got {
        let mut request = Request::post("/").body(body).unwrap();
        *request.headers_mut() = headers;
        self.answer(request).await
    }

    /// Sends a request, from this machine unless it says otherwise.
    pub(crate) async fn answer(&self, request: Request<Vec<u8>>) -> Got {
        let mut request = request.map(Body::from);
        let here = Peer {
            ip: IpAddr::from([127, 0, 0, 1]),
            secure: false,
        };
        request.extensions_mut().get_or_insert(here);
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
