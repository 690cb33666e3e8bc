//! `packhouse login`: temporary keys for a proof that somebody else gave.

use std::io::{Read as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use axum::http::Uri;
use packhouse_aws::{caller_identity_url, configured_region, key_at_aws};
use packhouse_forge::names::Region;
use serde::{Deserialize, Serialize};

use crate::control::query::{self, Call, STS};
use crate::options::LoginOptions;
use crate::runtime;
use crate::store::folder;

/// The longest ID token that is sent (STS's limit).
const MAX_TOKEN: u64 = 20_000;
/// Whose STS is asked where no region is configured.
const DEFAULT_REGION: &str = "us-east-1";

/// Prints what a `credential_process` prints.
pub(crate) fn run(options: &LoginOptions) -> Result<()> {
    let credentials = runtime::run(credentials(options))?;
    let printed = serde_json::to_string_pretty(&Printed {
        version: 1,
        credentials: &credentials,
    })?;
    writeln!(std::io::stdout().lock(), "{printed}")?;
    Ok(())
}

async fn credentials(options: &LoginOptions) -> Result<Credentials> {
    let server = match &options.url {
        Some(url) => url.clone(),
        None => folder::read_server(&options.data.data).context("give --url")?.0.url,
    };
    if options.aws {
        let proof = proof_of_aws(options, &server).await?;
        let call = call("AssumeRoleWithAws", options).with("Url", &proof);
        let answer: WithAws = query::unsigned(&server, call).await?;
        return Ok(answer.result.credentials);
    }
    let token = id_token(options)?;
    let call = call("AssumeRoleWithWebIdentity", options).with("WebIdentityToken", token.trim());
    let answer: WithWebIdentity = query::unsigned(&server, call).await?;
    Ok(answer.result.credentials)
}

fn call(action: &str, options: &LoginOptions) -> Call {
    Call::new(STS, action)
        .with("RoleArn", &options.role_arn)
        .with("RoleSessionName", &options.session_name)
        .with("DurationSeconds", &options.duration.to_string())
}

/// A URL that tells the installation under `server`, and no other one, who the caller is at AWS.
async fn proof_of_aws(options: &LoginOptions, server: &str) -> Result<String> {
    let profile = options.profile.as_deref();
    let key = key_at_aws(profile, &["packhouse", "login"]).await?;
    let region = configured_region(Some(profile.unwrap_or("default"))).await;
    let region = Region::new(region.as_deref().unwrap_or(DEFAULT_REGION)).context("the AWS region of your keys")?;
    let endpoint = options.sts_url.clone().unwrap_or_else(|| sts(&region));
    let server = server_id(server)?;
    caller_identity_url(&key, &endpoint, region.as_str(), &server).with_context(|| format!("{endpoint} is no URL"))
}

/// AWS STS of a region.
fn sts(region: &Region) -> String {
    let suffix = if region.partition() == "aws-cn" { ".cn" } else { "" };
    format!("https://sts.{region}.amazonaws.com{suffix}")
}

/// What an installation calls itself: the host of its URL, with the port where there is one.
fn server_id(url: &str) -> Result<String> {
    let uri: Uri = url.parse().with_context(|| format!("{url} is no URL"))?;
    let authority = uri.authority().with_context(|| format!("{url} names no host"))?;
    Ok(authority.as_str().to_owned())
}

fn id_token(options: &LoginOptions) -> Result<String> {
    if let Some(path) = &options.oidc_token_file {
        return read_token(path);
    }
    let Some(name) = &options.oidc_token_env else {
        bail!("there is no proof");
    };
    // Which variable it is, the command line tells; so clap cannot read it.
    let token = std::env::var_os(name).with_context(|| format!("the variable {name} is not set"))?;
    token
        .into_string()
        .ok()
        .with_context(|| format!("the variable {name} is no text"))
}

fn read_token(path: &Path) -> Result<String> {
    let mut token = String::new();
    let file = std::fs::File::open(path);
    let read = file.and_then(|file| file.take(MAX_TOKEN + 1).read_to_string(&mut token));
    let length = read.with_context(|| format!("cannot read {}", path.display()))?;
    ensure!(
        u64::try_from(length).is_ok_and(|length| length <= MAX_TOKEN),
        "{} is longer than {MAX_TOKEN} bytes, so it is no ID token",
        path.display()
    );
    Ok(token)
}

#[derive(Deserialize)]
struct WithAws {
    #[serde(rename = "AssumeRoleWithAwsResult")]
    result: Granted,
}

#[derive(Deserialize)]
struct WithWebIdentity {
    #[serde(rename = "AssumeRoleWithWebIdentityResult")]
    result: Granted,
}

#[derive(Deserialize)]
struct Granted {
    #[serde(rename = "Credentials")]
    credentials: Credentials,
}

/// As STS answers them, and as a `credential_process` prints them.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Credentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    /// ISO 8601.
    expiration: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Printed<'a> {
    version: u32,
    #[serde(flatten)]
    credentials: &'a Credentials,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installation_is_called_after_its_host() {
        for (url, expect) in [
            ("https://git.example.com", "git.example.com"),
            ("http://127.0.0.1:8080", "127.0.0.1:8080"),
            (
                "https://abc.execute-api.eu-west-1.amazonaws.com/prod",
                "abc.execute-api.eu-west-1.amazonaws.com",
            ),
        ] {
            assert_eq!(server_id(url).unwrap(), expect);
        }
        assert!(server_id("/path").is_err());
    }

    #[test]
    fn sts_is_that_of_the_partition() {
        for (region, expect) in [
            ("eu-west-1", "https://sts.eu-west-1.amazonaws.com"),
            ("cn-north-1", "https://sts.cn-north-1.amazonaws.com.cn"),
            ("us-gov-west-1", "https://sts.us-gov-west-1.amazonaws.com"),
        ] {
            assert_eq!(sts(&Region::new(region).unwrap()), expect);
        }
    }

    #[test]
    fn what_sts_answers_is_printed_for_the_aws_cli() {
        let xml = "<AssumeRoleWithAwsResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleWithAwsResult>\
                   <AssumedRoleUser><Arn>a</Arn></AssumedRoleUser><Credentials><AccessKeyId>ASIA1</AccessKeyId>\
                   <SecretAccessKey>s/+</SecretAccessKey><SessionToken>t=</SessionToken>\
                   <Expiration>2026-11-21T19:06:42Z</Expiration></Credentials></AssumeRoleWithAwsResult></AssumeRoleWithAwsResponse>";
        let answer: WithAws = quick_xml::de::from_str(xml).unwrap();
        let printed = Printed {
            version: 1,
            credentials: &answer.result.credentials,
        };
        assert_eq!(
            serde_json::to_value(&printed).unwrap(),
            serde_json::json!({
                "Version": 1,
                "AccessKeyId": "ASIA1",
                "SecretAccessKey": "s/+",
                "SessionToken": "t=",
                "Expiration": "2026-11-21T19:06:42Z",
            })
        );
    }

    #[test]
    fn what_is_too_long_for_a_token_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "x".repeat(20_000)).unwrap();
        assert_eq!(read_token(&path).unwrap().len(), 20_000);
        std::fs::write(&path, "x".repeat(20_001)).unwrap();
        assert!(read_token(&path).is_err());
        assert!(read_token(Path::new("/dev/zero")).is_err());
    }
}
