//! Speaking the API for the administration commands: to a server, or to the folder itself.

mod remote;

use anyhow::{Context as _, Result, anyhow, bail};
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use packhouse_http::App;
use packhouse_http::auth::gateway::GitCallers;
use packhouse_http::auth::sigv4::{self, Scope, Signable};
use packhouse_local::{DataFolder, FolderError};
use packhouse_storage::clock;
use packhouse_storage::store::Limits;
use serde_json::Value;
use tower::ServiceExt as _;

use self::remote::Remote;
use crate::options::{DataOption, RemoteOptions};
use crate::store::folder::{self, Administrator};
use crate::store::{self, Opened, Place};

/// The longest answer that is read.
const MAX_ANSWER: usize = 64 << 20;

/// Somebody who answers calls.
pub(crate) struct Control {
    to: To,
    keys: Keys,
    region: String,
}

/// An access key.
struct Keys {
    id: String,
    secret: String,
}

impl From<Administrator> for Keys {
    fn from(administrator: Administrator) -> Self {
        Self {
            id: administrator.access_key_id,
            secret: administrator.secret_access_key,
        }
    }
}

enum To {
    Server(Remote),
    Folder { router: Router, _opened: Box<Opened> },
}

/// Reaches the server that is named, or the one that works in the folder, or, where none does, opens the folder.
pub(crate) async fn reach(options: &DataOption, remote: RemoteOptions) -> Result<Control> {
    if let Some(url) = remote.url {
        let missing = |name| format!("set {name}: calls of {url} are signed with the keys in the environment");
        return Ok(Control {
            to: To::Server(Remote::parse(&url)?),
            keys: Keys {
                id: remote.access_key_id.with_context(|| missing("AWS_ACCESS_KEY_ID"))?,
                secret: remote
                    .secret_access_key
                    .with_context(|| missing("AWS_SECRET_ACCESS_KEY"))?,
            },
            region: remote.signing_region.with_context(|| missing("AWS_DEFAULT_REGION"))?,
        });
    }
    let folder = match DataFolder::open(&options.data) {
        Ok(folder) => folder,
        Err(FolderError::InUse { .. }) => {
            let (server, administrator) = folder::read_server(&options.data)?;
            return Ok(Control {
                to: To::Server(Remote::at(server.control)),
                keys: administrator.into(),
                region: server.region,
            });
        }
        Err(error) => return Err(error.into()),
    };
    let url = folder::read_server(&options.data)
        .map_or_else(|_| "http://127.0.0.1:8080".to_owned(), |(server, _)| server.url);
    let place = Place::Folder {
        folder,
        account: None,
        region: None,
    };
    let opened = store::open(place, Limits::default(), &url).await?;
    let administrator = opened
        .secrets
        .clone()
        .context("the administrator's secrets are not in the data folder")?;
    let region = opened.forge.installation().region.to_string();
    let router = packhouse_http::router(App {
        forge: std::sync::Arc::clone(&opened.forge),
        sparse_filter: false,
        git_callers: GitCallers::Basic,
        blob_urls: None,
    });
    Ok(Control {
        to: To::Folder {
            router,
            _opened: Box::new(opened),
        },
        keys: administrator.into(),
        region,
    })
}

impl Control {
    /// Carries out one operation, such as `CodeCommit_20150413.CreateRepository`.
    pub(crate) async fn call(&self, target: &'static str, input: &Value) -> Result<Value> {
        let body = input.to_string();
        let request = self.signed(target, body.as_bytes())?.map(|()| Body::from(body));
        let (status, answer) = match &self.to {
            To::Server(remote) => remote.call(request).await?,
            To::Folder { router, .. } => whole(router.clone().oneshot(request).await?).await?,
        };
        let answer: Value = serde_json::from_slice(&answer).unwrap_or(Value::Null);
        if !status.is_success() {
            let message = answer["message"]
                .as_str()
                .unwrap_or("the server answered without saying why");
            bail!("{} ({})", message, answer["__type"].as_str().unwrap_or(status.as_str()));
        }
        Ok(answer)
    }

    fn signed(&self, target: &'static str, body: &[u8]) -> Result<Request<()>> {
        let now = clock::now_secs();
        let (host, path) = match &self.to {
            To::Server(remote) => (remote.authority.as_str(), remote.path.as_str()),
            To::Folder { .. } => ("localhost", "/"),
        };
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/x-amz-json-1.1"));
        headers.insert("host", HeaderValue::from_str(host)?);
        headers.insert("x-amz-date", HeaderValue::from_str(&sigv4::format_time(now))?);
        headers.insert("x-amz-target", HeaderValue::from_static(target));
        let signable = Signable {
            method: "POST",
            path,
            query: "",
            headers: &headers,
            authority: None,
        };
        let scope = Scope {
            region: &self.region,
            service: "codecommit",
        };
        let Keys { id, secret } = &self.keys;
        let authorization = sigv4::authorization(&signable, body, scope, id, secret, now);
        let authorization = authorization.ok_or_else(|| anyhow!("the request cannot be signed"))?;
        headers.insert("authorization", HeaderValue::from_str(&authorization)?);
        let mut request = Request::post(path).body(())?;
        *request.headers_mut() = headers;
        Ok(request)
    }
}

async fn whole(response: Response<Body>) -> Result<(StatusCode, Bytes)> {
    let (head, body) = response.into_parts();
    Ok((head.status, to_bytes(body, MAX_ANSWER).await?))
}
