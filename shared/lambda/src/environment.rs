//! What the functions are told by their environment, checked at start.

use std::collections::BTreeMap;

use packhouse_federation::{HttpWebhooks, Reach};
use packhouse_forge::installation::Installation;
use packhouse_forge::names::{AccountId, Region};

/// A variable that is missing or says what cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// It is not set, or empty.
    #[error("the environment variable {0} is missing")]
    Missing(&'static str),
    /// It is set to something else than it takes.
    #[error("the environment variable {name} is {value:?}, not {expected}")]
    Value {
        /// The variable.
        name: &'static str,
        /// What it is set to.
        value: String,
        /// What it may be set to.
        expected: &'static str,
    },
}

/// The variables of the process.
#[derive(Clone, Debug)]
pub struct Environment(BTreeMap<String, String>);

/// What every function needs.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The table of `DynamoDB`.
    pub table: String,
    /// Whose repositories these are.
    pub installation: Installation,
    /// How many bytes of memory the function has.
    pub memory: u64,
    /// How many bytes of disk the function that takes packs has, where that is told.
    pub storage: Option<u64>,
    /// The function's name at Lambda.
    pub function: String,
    /// Whether to write metrics.
    pub metrics: bool,
}

/// Where events go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bus {
    /// Its name or its ARN.
    pub name: String,
    /// The `source` of the events.
    pub source: String,
}

/// The source of events where none is chosen; AWS lets nobody else use `aws.…`.
const DEFAULT_SOURCE: &str = "packhouse.codecommit";
const DEFAULT_LOG: &str = "info";

impl Environment {
    /// The environment of this process. What is not UTF-8 counts with replacement characters, and then fails its check.
    #[must_use]
    pub fn of_process() -> Self {
        let pairs = std::env::vars_os().map(|(name, value)| {
            let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
            (text(name), text(value))
        });
        Self(pairs.collect())
    }

    /// Variables that are given.
    #[must_use]
    pub fn of<const N: usize>(variables: [(&str, &str); N]) -> Self {
        let owned = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self(owned.into_iter().collect())
    }

    /// What every function needs.
    ///
    /// # Errors
    /// [`Invalid`], for the first variable that is missing or wrong.
    pub fn settings(&self) -> Result<Settings, Invalid> {
        // The runtime's library panics without it.
        self.required("AWS_LAMBDA_RUNTIME_API")?;
        self.required("AWS_LAMBDA_FUNCTION_VERSION")?;
        Ok(Settings {
            table: self.required("PACKHOUSE_TABLE")?.to_owned(),
            installation: self.installation()?,
            memory: self.memory()?,
            storage: self.storage()?,
            function: self.required("AWS_LAMBDA_FUNCTION_NAME")?.to_owned(),
            metrics: self.metrics()?,
        })
    }

    /// The bucket of S3.
    ///
    /// # Errors
    /// [`Invalid`].
    pub fn bucket(&self) -> Result<String, Invalid> {
        self.required("PACKHOUSE_BUCKET").map(str::to_owned)
    }

    /// The URL that clone URLs begin with, without a slash at its end.
    ///
    /// # Errors
    /// [`Invalid`].
    pub fn public_url(&self) -> Result<String, Invalid> {
        const NAME: &str = "PACKHOUSE_PUBLIC_URL";
        let value = self.required(NAME)?;
        let rest = value.strip_prefix("https://").or_else(|| value.strip_prefix("http://"));
        let fits = rest.is_some_and(|rest| {
            let host = rest.split('/').next().unwrap_or_default();
            let plain = |byte: u8| byte.is_ascii_graphic() && !b"?#@\\\"<>".contains(&byte);
            !host.is_empty() && rest.bytes().all(plain)
        });
        if !fits {
            return Err(invalid(NAME, value, "a URL such as https://git.example.com"));
        }
        Ok(value.trim_end_matches('/').to_owned())
    }

    /// The name of the parameter that holds the master key.
    ///
    /// # Errors
    /// [`Invalid`].
    pub fn master_key_parameter(&self) -> Result<String, Invalid> {
        self.required("PACKHOUSE_MASTER_KEY_PARAMETER").map(str::to_owned)
    }

    /// The name of the function that compacts.
    ///
    /// # Errors
    /// [`Invalid`].
    pub fn pack_indexer(&self) -> Result<String, Invalid> {
        self.required("PACKHOUSE_PACK_INDEXER").map(str::to_owned)
    }

    /// Where events go.
    ///
    /// # Errors
    /// [`Invalid`].
    pub fn bus(&self) -> Result<Bus, Invalid> {
        const SOURCE: &str = "PACKHOUSE_EVENT_SOURCE";
        let source = self.given(SOURCE).unwrap_or(DEFAULT_SOURCE);
        if source.starts_with("aws.") {
            return Err(invalid(
                SOURCE,
                source,
                "a source of your own: AWS keeps aws.* to itself",
            ));
        }
        Ok(Bus {
            name: self.required("PACKHOUSE_BUS")?.to_owned(),
            source: source.to_owned(),
        })
    }

    /// The webhooks that triggers may have: at addresses of the public Internet, unless all are allowed.
    ///
    /// # Errors
    /// [`Invalid`].
    pub fn webhooks(&self) -> Result<HttpWebhooks, Invalid> {
        const NAME: &str = "PACKHOUSE_WEBHOOKS";
        match self.given(NAME) {
            None | Some("public") => Ok(HttpWebhooks::new(Reach::Public)),
            Some("any") => Ok(HttpWebhooks::new(Reach::Any)),
            Some(other) => Err(invalid(NAME, other, "public or any")),
        }
    }

    /// What is logged, as `level` or `target=level,…`.
    #[must_use]
    pub fn log(&self) -> &str {
        self.given("PACKHOUSE_LOG").unwrap_or(DEFAULT_LOG)
    }

    fn installation(&self) -> Result<Installation, Invalid> {
        const ACCOUNT: &str = "PACKHOUSE_ACCOUNT_ID";
        const REGION: &str = "PACKHOUSE_REGION";
        let account = self.required(ACCOUNT)?;
        let region = match self.given(REGION) {
            Some(region) => region,
            None => self.given("AWS_REGION").ok_or(Invalid::Missing(REGION))?,
        };
        Ok(Installation {
            account: AccountId::new(account).map_err(|_| invalid(ACCOUNT, account, "twelve digits"))?,
            region: Region::new(region).map_err(|_| invalid(REGION, region, "a region such as eu-west-1"))?,
        })
    }

    fn memory(&self) -> Result<u64, Invalid> {
        const NAME: &str = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE";
        let value = self.required(NAME)?;
        let megabytes = value
            .parse()
            .ok()
            .filter(|megabytes| (128..=1 << 20).contains(megabytes));
        let megabytes: u64 = megabytes.ok_or_else(|| invalid(NAME, value, "a number of megabytes"))?;
        Ok(megabytes << 20)
    }

    fn storage(&self) -> Result<Option<u64>, Invalid> {
        const NAME: &str = "PACKHOUSE_STORAGE_MIB";
        let Some(value) = self.given(NAME) else {
            return Ok(None);
        };
        let mebibytes = value.parse::<u32>().ok().filter(|&mebibytes| mebibytes > 0);
        let mebibytes = mebibytes.ok_or_else(|| invalid(NAME, value, "a number of mebibytes"))?;
        Ok(Some(u64::from(mebibytes) << 20))
    }

    fn metrics(&self) -> Result<bool, Invalid> {
        const NAME: &str = "PACKHOUSE_METRICS";
        match self.given(NAME) {
            None | Some("off") => Ok(false),
            Some("on") => Ok(true),
            Some(other) => Err(invalid(NAME, other, "on or off")),
        }
    }

    /// What a variable says; one that is empty is as one that is not set, for templates cannot leave variables out.
    fn given(&self, name: &'static str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn required(&self, name: &'static str) -> Result<&str, Invalid> {
        self.given(name).ok_or(Invalid::Missing(name))
    }
}

fn invalid(name: &'static str, value: &str, expected: &'static str) -> Invalid {
    Invalid::Value {
        name,
        value: value.to_owned(),
        expected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete() -> Environment {
        Environment::of([
            ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001"),
            ("AWS_LAMBDA_FUNCTION_NAME", "git"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1769"),
            ("AWS_REGION", "eu-west-1"),
            ("PACKHOUSE_TABLE", "t"),
            ("PACKHOUSE_BUCKET", "b"),
            ("PACKHOUSE_ACCOUNT_ID", "210987654321"),
            ("PACKHOUSE_PUBLIC_URL", "https://git.example.com/prod/"),
            ("PACKHOUSE_MASTER_KEY_PARAMETER", "/p/master-key"),
            ("PACKHOUSE_PACK_INDEXER", "indexer"),
            ("PACKHOUSE_BUS", "bus"),
        ])
    }

    fn with(name: &str, value: &str) -> Environment {
        let mut environment = complete();
        environment.0.insert(name.to_owned(), value.to_owned());
        environment
    }

    /// All that any function reads, the way it starts.
    fn read(environment: &Environment) -> Result<(), Invalid> {
        environment.settings()?;
        environment.bucket()?;
        environment.public_url()?;
        environment.master_key_parameter()?;
        environment.pack_indexer()?;
        environment.webhooks()?;
        environment.bus().map(drop)
    }

    #[test]
    fn what_is_complete_is_taken_with_its_defaults() {
        let settings = complete().settings().unwrap();
        assert_eq!(settings.memory, 1769 << 20);
        assert_eq!(settings.installation.region.as_str(), "eu-west-1");
        assert!(!settings.metrics);
        assert_eq!(complete().public_url().unwrap(), "https://git.example.com/prod");
        assert_eq!(complete().bus().unwrap().source, "packhouse.codecommit");
        assert_eq!(complete().log(), "info");
        let chosen = with("PACKHOUSE_REGION", "us-east-2").settings().unwrap();
        assert_eq!(chosen.installation.region.as_str(), "us-east-2");
        assert!(with("PACKHOUSE_METRICS", "on").settings().unwrap().metrics);
        assert_eq!(with("PACKHOUSE_LOG", "debug").log(), "debug");
    }

    #[test]
    fn what_is_missing_is_named() {
        for name in complete().0.keys().filter(|name| *name != "AWS_REGION") {
            for environment in [with(name, ""), {
                let mut environment = complete();
                environment.0.remove(name);
                environment
            }] {
                let message = read(&environment).unwrap_err().to_string();
                assert_eq!(message, format!("the environment variable {name} is missing"));
            }
        }
        assert_eq!(
            with("AWS_REGION", "").settings().unwrap_err(),
            Invalid::Missing("PACKHOUSE_REGION")
        );
    }

    #[test]
    fn what_cannot_be_is_named_with_what_could() {
        let check = |name: &str, value: &str, expected: &str| {
            let message = read(&with(name, value)).unwrap_err().to_string();
            let start = format!("the environment variable {name} is {value:?}, not {expected}");
            assert!(message.starts_with(&start), "{message}");
        };
        check("PACKHOUSE_ACCOUNT_ID", "12345", "twelve digits");
        check("PACKHOUSE_REGION", "Mars!", "a region");
        check("PACKHOUSE_METRICS", "yes", "on or off");
        check("PACKHOUSE_WEBHOOKS", "none", "public or any");
        check("PACKHOUSE_EVENT_SOURCE", "aws.codecommit", "a source of your own");
        check("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "much", "a number of megabytes");
        check(
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
            "18446744073709551615",
            "a number of megabytes",
        );
        for url in [
            "git.example.com",
            "https://",
            "https:///x",
            "ftp://x",
            "https://x/?a",
            "https://a b",
        ] {
            check("PACKHOUSE_PUBLIC_URL", url, "a URL");
        }
    }
}
