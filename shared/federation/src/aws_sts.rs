//! AWS STS, asked who has signed a request.

use async_trait::async_trait;
use packhouse_forge::sts::federation::{AwsCaller, AwsIdentity, NotIdentified};

use crate::client::{Answer, Client};
use crate::presigned::{self, AUDIENCE, Endpoints};

/// The largest answer that is read, in bytes.
const MAX_ANSWER: u64 = 64 << 10;

/// Sends requests for `GetCallerIdentity` on to AWS.
#[derive(Clone, Debug)]
pub struct AwsSts {
    client: Client,
    endpoints: Endpoints,
}

impl AwsSts {
    /// Asks AWS, and who wants it also the STS at `endpoint`, such as `http://127.0.0.1:4566`: that one is believed whatever it
    /// says of anybody.
    #[must_use]
    pub fn new(endpoint: Option<&str>) -> Self {
        let endpoint = endpoint.map(|endpoint| endpoint.trim_end_matches('/').to_owned());
        Self {
            client: Client::new(),
            endpoints: endpoint.map_or(Endpoints::Aws, Endpoints::AwsAnd),
        }
    }
}

#[async_trait]
impl AwsIdentity for AwsSts {
    async fn identify(&self, url: &str, server: &str) -> Result<AwsCaller, NotIdentified> {
        presigned::check(url, &self.endpoints).map_err(NotIdentified::Refused)?;
        let header = Some((AUDIENCE, server.to_owned()));
        let answer = self.client.get(url, header, MAX_ANSWER).await.map_err(|why| {
            // The URL is as good as a key for its minutes, so it is not repeated anywhere.
            tracing::warn!("AWS STS cannot be asked");
            drop(why);
            NotIdentified::Unreachable("AWS STS cannot be asked".to_owned())
        })?;
        read(&answer, server)
    }
}

fn read(answer: &Answer, server: &str) -> Result<AwsCaller, NotIdentified> {
    match answer.status {
        200 => {}
        400..=499 => {
            return Err(NotIdentified::Refused(format!(
                "AWS STS refuses the request. Was it signed for this server, with {AUDIENCE}: {server}?"
            )));
        }
        status => {
            return Err(NotIdentified::Unreachable(format!(
                "AWS STS answers with HTTP status {status}"
            )));
        }
    }
    let text = std::str::from_utf8(&answer.body).unwrap_or_default();
    let caller = (|| {
        Some(AwsCaller {
            arn: element(text, "Arn")?,
            account: element(text, "Account")?,
            user_id: element(text, "UserId")?,
        })
    })();
    caller
        .filter(|caller| is_arn(&caller.arn, &caller.account))
        .ok_or_else(|| NotIdentified::Unreachable("AWS STS answers something else".to_owned()))
}

/// The text of the only element of that name. What STS says of a caller is letters that XML has no need to escape.
fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, rest) = rest.split_once(&format!("</{name}>"))?;
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"<>&".contains(&byte);
    let alone = !rest.contains(&format!("<{name}>"));
    (alone && !text.is_empty() && text.bytes().all(plain)).then(|| text.to_owned())
}

/// Whether it is the ARN of somebody in that account.
fn is_arn(arn: &str, account: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [start, partition, service, region, of, name] = parts.as_slice() else {
        return false;
    };
    let digits = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let who = *start == "arn" && partition.starts_with("aws") && ["iam", "sts"].contains(service);
    digits && who && region.is_empty() && *of == account && !name.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, body: &str) -> Result<AwsCaller, NotIdentified> {
        let answer = Answer {
            status,
            body: body.to_owned().into(),
        };
        read(&answer, "git.example.com")
    }

    const ANSWER: &str = r#"<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <Arn>arn:aws:sts::123456789012:assumed-role/deploy/i-0123</Arn>
    <UserId>AROAEXAMPLE:i-0123</UserId>
    <Account>123456789012</Account>
  </GetCallerIdentityResult>
  <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>
</GetCallerIdentityResponse>"#;

    #[test]
    fn the_answer_of_sts_is_understood() {
        let caller = check(200, ANSWER).unwrap();
        assert_eq!(caller.arn, "arn:aws:sts::123456789012:assumed-role/deploy/i-0123");
        assert_eq!(
            (caller.account.as_str(), caller.user_id.as_str()),
            ("123456789012", "AROAEXAMPLE:i-0123")
        );
    }

    #[test]
    fn nobody_is_known_by_other_answers() {
        let refused = check(403, "<ErrorResponse/>").unwrap_err();
        assert!(
            matches!(&refused, NotIdentified::Refused(why) if why.contains("git.example.com")),
            "{refused}"
        );
        for (status, body) in [
            (500, ANSWER),
            (301, ANSWER),
            (200, ""),
            (200, "<Arn>arn:aws:iam::123456789012:root</Arn>"),
            (200, &ANSWER.replace("<Account>123456789012", "<Account>123456789013")),
            (200, &ANSWER.replace("arn:aws:sts", "arn:aws:s3")),
            (200, &ANSWER.replace("i-0123</Arn>", "i-0123</Arn><Arn>x</Arn>")),
            (200, &ANSWER.replace("i-0123</Arn>", "&lt;</Arn>")),
        ] {
            let error = check(status, body).expect_err(body);
            assert!(matches!(error, NotIdentified::Unreachable(_)), "{status} {body}");
        }
    }
}
