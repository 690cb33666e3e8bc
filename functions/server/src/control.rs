//! Speaking the APIs for the commands: to a server, or to the folder itself.

pub(crate) mod query;
mod remote;

use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use packhouse_aws::{AccessKey, configured_key, configured_region};
use packhouse_http::App;
use packhouse_http::auth::Callers;
use packhouse_http::auth::sigv4::{self, Scope, Signable};
use packhouse_local::{DataFolder, FolderError};
use packhouse_storage::clock;
use packhouse_storage::limits::Limits;
use serde_json::Value;
use tower::ServiceExt as _;

use self::remote::Remote;
use crate::options::{DataOption, RemoteOptions};
use crate::store::folder::{self, Administrator};
use crate::store::{self, Opened, Outside, Place};

/// The longest answer that is read.
const MAX_ANSWER: usize = 64 << 20;

/// Somebody who answers calls.
pub(crate) struct Control {
    to: To,
    key: AccessKey,
    region: String,
}

impl From<Administrator> for AccessKey {
    fn from(administrator: Administrator) -> Self {
        Self {
            id: administrator.access_key_id,
            secret: administrator.secret_access_key,
            token: None,
            expires: None,
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
        let signed = || format!("calls of {url} have to be signed");
        let profile = remote.profile.as_deref();
        let region = configured_region(profile).await;
        return Ok(Control {
            to: To::Server(Remote::parse(&url)?),
            key: configured_key(profile).await.with_context(signed)?,
            region: region
                .context("there is no region in AWS_REGION or the profile")
                .with_context(signed)?,
        });
    }
    if remote.profile.is_some() {
        bail!("--profile is given, which needs --url");
    }
    let folder = match DataFolder::open(&options.data) {
        Ok(folder) => folder,
        Err(FolderError::InUse { .. }) => {
            let (server, administrator) = folder::read_server(&options.data)?;
            return Ok(Control {
                to: To::Server(Remote::at(server.control)),
                key: administrator.into(),
                region: server.region,
            });
        }
        Err(error) => return Err(error.into()),
    };
    let opened = open(folder, &options.data).await?;
    let administrator = opened
        .secrets
        .clone()
        .context("the administrator's secrets are not in the data folder")?;
    let region = opened.forge.installation().region.to_string();
    let router = packhouse_http::router(App {
        forge: std::sync::Arc::clone(&opened.forge),
        sparse_filter: false,
        callers: Callers::default(),
        blob_urls: None,
    });
    Ok(Control {
        to: To::Folder {
            router,
            _opened: Box::new(opened),
        },
        key: administrator.into(),
        region,
    })
}

/// Opens a data folder that no server works in.
pub(crate) async fn open(folder: DataFolder, data: &Path) -> Result<Opened> {
    let url = folder::read_server(data).map_or_else(|_| "http://127.0.0.1:8080".to_owned(), |(server, _)| server.url);
    let place = Place::Folder {
        folder,
        account: None,
        region: None,
    };
    store::open(place, Limits::default(), &url, Outside::default()).await
}

impl Control {
    /// Carries out one operation of the repositories' API, such as `CodeCommit_20150413.CreateRepository`.
    pub(crate) async fn call(&self, target: &'static str, input: &Value) -> Result<Value> {
        self.json("codecommit", target, input).await
    }

    /// Carries out one operation of a service that speaks JSON, under the service's signing name.
    pub(crate) async fn json(&self, service: &str, target: &'static str, input: &Value) -> Result<Value> {
        let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target)];
        let (status, answer) = self.exchange(service, &headers, input.to_string()).await?;
        let answer: Value = serde_json::from_slice(&answer).unwrap_or(Value::Null);
        if !status.is_success() {
            let message = answer["message"].as_str().or_else(|| answer["Message"].as_str());
            bail!(
                "{} ({})",
                message.unwrap_or("the server answered without saying why"),
                answer["__type"].as_str().unwrap_or(status.as_str())
            );
        }
        Ok(answer)
    }

    /// The region that the installation answers as.
    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    async fn exchange(
        &self,
        service: &str,
        headers: &[(&'static str, &'static str)],
        body: String,
    ) -> Result<(StatusCode, Bytes)> {
        let request = self
            .signed(service, headers, body.as_bytes())?
            .map(|()| Body::from(body));
        match &self.to {
            To::Server(remote) => remote.call(request).await,
            To::Folder { router, .. } => whole(router.clone().oneshot(request).await?).await,
        }
    }

    fn signed(&self, service: &str, given: &[(&'static str, &'static str)], body: &[u8]) -> Result<Request<()>> {
        let now = clock::now_secs();
        let (host, path) = match &self.to {
            To::Server(remote) => (remote.authority.as_str(), remote.path.as_str()),
            To::Folder { .. } => ("localhost", "/"),
        };
        let mut headers = HeaderMap::new();
        for (name, value) in given {
            headers.insert(*name, HeaderValue::from_static(value));
        }
        headers.insert("host", HeaderValue::from_str(host)?);
        headers.insert("x-amz-date", HeaderValue::from_str(&sigv4::format_time(now))?);
        let AccessKey { id, secret, token, .. } = &self.key;
        if let Some(token) = token {
            let mut token = HeaderValue::from_str(token).context("the session token is malformed")?;
            token.set_sensitive(true);
            headers.insert("x-amz-security-token", token);
        }
        let signable = Signable {
            method: "POST",
            path,
            query: "",
            headers: &headers,
            authority: None,
        };
        let scope = Scope {
            region: &self.region,
            service,
        };
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
