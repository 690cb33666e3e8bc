//! AWS's Query protocol, which IAM and STS speak: a form in, XML out.

use anyhow::{Context as _, Result, anyhow, bail};
use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Control;
use super::remote::Remote;

const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// A service that speaks the protocol.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Service {
    signing_name: &'static str,
    version: &'static str,
}

/// Users, roles, policies.
pub(crate) const IAM: Service = Service {
    signing_name: "iam",
    version: "2010-05-08",
};

/// Temporary keys.
pub(crate) const STS: Service = Service {
    signing_name: "sts",
    version: "2011-06-15",
};

/// What an operation is asked with: its name, and its parameters.
pub(crate) struct Call {
    service: Service,
    form: form_urlencoded::Serializer<'static, String>,
}

impl Call {
    pub(crate) fn new(service: Service, action: &str) -> Self {
        let form = form_urlencoded::Serializer::new(String::new());
        let call = Self { service, form };
        call.with("Action", action).with("Version", service.version)
    }

    /// Adds a parameter.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.form.append_pair(name, value);
        self
    }

    /// Adds the members of a list.
    pub(crate) fn with_members<'a>(mut self, name: &str, values: impl IntoIterator<Item = &'a str>) -> Self {
        for (at, value) in values.into_iter().enumerate() {
            self.form.append_pair(&format!("{name}.member.{}", at + 1), value);
        }
        self
    }

    /// The whole, as it is sent.
    pub(crate) fn form(mut self) -> String {
        self.form.finish()
    }
}

impl Control {
    /// Carries out one operation.
    pub(crate) async fn query<T: DeserializeOwned>(&self, call: Call) -> Result<T> {
        let headers = [("content-type", FORM)];
        let name = call.service.signing_name;
        let (status, answer) = self.exchange(name, &headers, call.form()).await?;
        read(status, &answer)
    }
}

/// Carries out one operation of the installation under `url` that takes no signature.
pub(crate) async fn unsigned<T: DeserializeOwned>(url: &str, call: Call) -> Result<T> {
    let remote = Remote::parse(url)?;
    let request = Request::post(remote.path.as_str())
        .header(header::HOST, &remote.authority)
        .header(header::CONTENT_TYPE, FORM)
        .body(Body::from(call.form()))?;
    let (status, answer) = remote.call(request).await?;
    read(status, &answer)
}

fn read<T: DeserializeOwned>(status: StatusCode, answer: &Bytes) -> Result<T> {
    let text = std::str::from_utf8(answer).context("the server answered what is no text")?;
    if status.is_success() {
        return quick_xml::de::from_str(text).context("the server answered what is not understood");
    }
    match quick_xml::de::from_str(text) {
        Ok(Refusal {
            error: Explanation { code, message },
        }) => bail!(
            "{} ({code})",
            message.as_deref().unwrap_or("the server does not say why")
        ),
        Err(_) => Err(anyhow!("the server answered {status} without saying why")),
    }
}

#[derive(Deserialize)]
struct Refusal {
    #[serde(rename = "Error")]
    error: Explanation,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Explanation {
    code: String,
    message: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_encoded_and_lists_are_numbered() {
        let call = Call::new(IAM, "GetUser")
            .with("UserName", "a+b@c d")
            .with_members("Tags", ["x", "y"]);
        assert_eq!(
            call.form(),
            "Action=GetUser&Version=2010-05-08&UserName=a%2Bb%40c+d&Tags.member.1=x&Tags.member.2=y"
        );
    }

    #[test]
    fn answers_and_refusals_are_read() {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(rename = "Result")]
            result: String,
        }
        let check = |status, text: &'static str| {
            let read: Result<Answer> = read(status, &Bytes::from_static(text.as_bytes()));
            read.map(|answer| answer.result).map_err(|error| error.to_string())
        };
        let ok = StatusCode::OK;
        assert_eq!(
            check(ok, "<A xmlns='x'><Result>&lt;y</Result><More/></A>"),
            Ok("<y".to_owned())
        );
        assert_eq!(
            check(
                StatusCode::NOT_FOUND,
                "<ErrorResponse xmlns='x'><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>no &amp; no</Message>\
                 </Error><RequestId>1</RequestId></ErrorResponse>"
            ),
            Err("no & no (NoSuchEntity)".to_owned())
        );
        assert_eq!(
            check(StatusCode::BAD_GATEWAY, "<html>oops"),
            Err("the server answered 502 Bad Gateway without saying why".to_owned())
        );
        assert!(check(ok, "{}").is_err());
    }
}
