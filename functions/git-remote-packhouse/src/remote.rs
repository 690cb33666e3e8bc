//! The repository that git names.

use anyhow::{Result, bail};

/// What a clone URL has between the server and the repository's name.
const REPOSITORIES: &str = "/v1/repos/";

/// A remote repository.
#[derive(Clone, Debug)]
pub(crate) struct Remote {
    /// The remote's name, or a URL where it has none.
    pub(crate) name: String,
    /// The URL as git knows it.
    pub(crate) url: String,
    /// The URL without user, password and trailing slashes.
    pub(crate) bare: String,
    /// User and password out of the URL.
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
}

impl Remote {
    pub(crate) fn new(name: &str, url: &str) -> Result<Self> {
        let url = url.strip_prefix("packhouse::").unwrap_or(url);
        if url.chars().any(char::is_control) {
            bail!("the URL has control characters in it");
        }
        let Some((scheme, rest)) = url.split_once("://").filter(|(scheme, _)| is_http(scheme)) else {
            bail!("'{url}' is not a URL that starts with packhouse::https:// or packhouse::http://");
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (user_info, host) = match authority.rsplit_once('@') {
            Some((user_info, host)) => (Some(user_info), host),
            None => (None, authority),
        };
        if host.is_empty() {
            bail!("'{url}' names no host");
        }
        let (user, password) = match user_info.map(|user_info| user_info.split_once(':').unwrap_or((user_info, ""))) {
            Some((user, password)) => (decoded(user), decoded(password)),
            None => (None, None),
        };
        // Git's credential helpers are asked line by line.
        if [&user, &password]
            .into_iter()
            .flatten()
            .any(|text| text.chars().any(char::is_control))
        {
            bail!("the URL has control characters in its user or password");
        }
        Ok(Self {
            name: name.into(),
            url: url.into(),
            bare: format!("{scheme}://{host}{}", path.trim_end_matches('/')),
            user,
            password,
        })
    }

    pub(crate) fn is_https(&self) -> bool {
        self.bare.starts_with("https:")
    }

    /// The whole of a URL that the server named: one that starts with a slash lies where the server does.
    pub(crate) fn resolve(&self, url: &str) -> Result<String> {
        if url.starts_with('/') && !url.starts_with("//") {
            let server = self.bare.rfind(REPOSITORIES).unwrap_or(origin(&self.bare).len());
            return Ok(format!("{}{url}", &self.bare[..server]));
        }
        match url.split_once("://") {
            Some(("https", _)) => Ok(url.into()),
            Some(("http", _)) if !self.is_https() => Ok(url.into()),
            Some(("http", _)) => bail!("the server names an unencrypted URL to upload to"),
            _ => bail!("the server names something to upload to that is no URL"),
        }
    }
}

fn is_http(scheme: &str) -> bool {
    matches!(scheme, "http" | "https")
}

/// Scheme, host and port of a URL.
pub(crate) fn origin(url: &str) -> &str {
    let authority = url.find("://").map_or(0, |at| at + 3);
    let end = url[authority..].find('/').map_or(url.len(), |at| authority + at);
    &url[..end]
}

fn decoded(text: &str) -> Option<String> {
    let decoded = percent_encoding::percent_decode_str(text)
        .decode_utf8_lossy()
        .into_owned();
    (!decoded.is_empty()).then_some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        let check = |url: &str, bare: &str, user: Option<&str>, password: Option<&str>| {
            let remote = Remote::new("origin", url).unwrap();
            let found = (remote.bare.as_str(), remote.user.as_deref(), remote.password.as_deref());
            assert_eq!(found, (bare, user, password), "{url}");
        };
        check("https://h/v1/repos/a", "https://h/v1/repos/a", None, None);
        check("packhouse::https://h/v1/repos/a//", "https://h/v1/repos/a", None, None);
        check("http://u@h:1/a", "http://h:1/a", Some("u"), None);
        check("https://u%40x:p%3aw@h/a", "https://h/a", Some("u@x"), Some("p:w"));
        for bad in [
            "",
            "h/a",
            "ftp://h/a",
            "https://",
            "https:///a",
            "https://u@/a",
            "https://h/a\nb",
            "https://u%0ahost=other@h/a",
            "https://u:p%0d@h/a",
            "ext::sh -c x",
        ] {
            assert!(Remote::new("origin", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn named_urls_are_resolved_and_never_less_safe_than_the_remote() {
        let check = |remote: &str, url: &str, expect: Option<&str>| {
            let resolved = Remote::new("origin", remote).unwrap().resolve(url);
            assert_eq!(resolved.ok().as_deref(), expect, "{remote} {url}");
        };
        check("https://h/v1/repos/a", "/_blobs/k?s=1", Some("https://h/_blobs/k?s=1"));
        check(
            "https://h/prod/v1/repos/a",
            "/_blobs/k",
            Some("https://h/prod/_blobs/k"),
        );
        check("http://h:8080/a", "/_blobs/k", Some("http://h:8080/_blobs/k"));
        check("https://h/v1/repos/a", "https://s3/b", Some("https://s3/b"));
        check("https://h/v1/repos/a", "http://s3/b", None);
        check("http://h/v1/repos/a", "http://s3/b", Some("http://s3/b"));
        for bad in ["", "file:///etc/passwd", "//other/x", "k"] {
            check("http://h/v1/repos/a", bad, None);
        }
    }
}
