//! Paths below a repository.

use std::borrow::Cow;

use packhouse_forge::names::RepositoryName;
use packhouse_git::advertisement::Service;

use super::uploads;

/// What the path of every repository begins with.
pub(crate) const ROOT: &str = "/v1/repos/";

/// What a path below a repository asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    InfoRefs,
    Post(Service),
    Upload(uploads::Step),
    /// An archive of a revision, by the revision and an extension.
    Archive(String),
    /// A file that only the dumb protocol reads.
    Dumb,
}

/// A repository as a path names it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Spelled<'a> {
    /// The name that is meant.
    pub(crate) name: RepositoryName,
    /// The name as it stands there: percent-encoded, with `.git` behind it or not.
    pub(crate) raw: &'a str,
}

impl<'a> Spelled<'a> {
    /// The repository that a path names, if any.
    pub(crate) fn of(path: &'a str) -> Option<Self> {
        let rest = path.strip_prefix(ROOT)?.trim_start_matches('/');
        let raw = rest.split('/').next()?;
        let (name, _) = parse(path)?;
        Some(Self { name, raw })
    }
}

/// Splits `/v1/repos/NAME[.git]/…`; extra slashes are no matter. A name that no repository can have leads nowhere.
pub(super) fn parse(path: &str) -> Option<(RepositoryName, Endpoint)> {
    let mut parts = path.strip_prefix(ROOT)?.split('/').filter(|part| !part.is_empty());
    let name = decode(parts.next()?)?;
    let name = RepositoryName::new(name.strip_suffix(".git").unwrap_or(&name)).ok()?;
    let below = parts.map(decode).collect::<Option<Vec<_>>>()?;
    let below: Vec<&str> = below.iter().map(AsRef::as_ref).collect();
    let endpoint = match *below.as_slice() {
        ["info", "refs"] => Endpoint::InfoRefs,
        ["git-upload-pack"] => Endpoint::Post(Service::UploadPack),
        ["git-receive-pack"] => Endpoint::Post(Service::ReceivePack),
        ["uploads"] => Endpoint::Upload(uploads::Step::Begin),
        ["uploads", upload, "parts"] => Endpoint::Upload(uploads::Step::Parts(upload.to_owned())),
        ["uploads", upload, "git-receive-pack"] => Endpoint::Upload(uploads::Step::Finish(upload.to_owned())),
        ["archive", ref file @ ..] if !file.is_empty() => Endpoint::Archive(file.join("/")),
        ["HEAD"] | ["objects", ..] => Endpoint::Dumb,
        _ => return None,
    };
    Some((name, endpoint))
}

/// A part of a path, decoded. An encoded slash separates nothing, and nothing has one in its name.
fn decode(part: &str) -> Option<Cow<'_, str>> {
    let decoded = percent_encoding::percent_decode_str(part).decode_utf8().ok()?;
    (!decoded.contains('/')).then_some(decoded)
}

#[cfg(test)]
mod tests {
    use super::uploads::Step;
    use super::*;

    #[test]
    fn paths_lead_to_endpoints() {
        let check = |path: &str, expect: Option<(&str, Endpoint)>| {
            let expect = expect.map(|(name, endpoint)| (RepositoryName::new(name).unwrap(), endpoint));
            assert_eq!(parse(path), expect, "{path}");
        };
        check("/v1/repos/a/info/refs", Some(("a", Endpoint::InfoRefs)));
        check("/v1/repos/a.git/info/refs", Some(("a", Endpoint::InfoRefs)));
        check("/v1/repos/a//info/refs", Some(("a", Endpoint::InfoRefs)));
        check(
            "/v1/repos/a%2eb/git-upload-pack",
            Some(("a.b", Endpoint::Post(Service::UploadPack))),
        );
        check(
            "/v1/repos/a/git-receive-pack",
            Some(("a", Endpoint::Post(Service::ReceivePack))),
        );
        let upload = |step| Some(("a", Endpoint::Upload(step)));
        let id = || "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned();
        check("/v1/repos/a/uploads", upload(Step::Begin));
        check(
            "/v1/repos/a.git/uploads/01ARZ3NDEKTSV4RRFFQ69G5FAV/parts",
            upload(Step::Parts(id())),
        );
        check(
            "/v1/repos/a/uploads/01ARZ3NDEKTSV4RRFFQ69G5FAV/git-receive-pack",
            upload(Step::Finish(id())),
        );
        check("/v1/repos/a/uploads/01ARZ3NDEKTSV4RRFFQ69G5FAV", None);
        check("/v1/repos/a/uploads/a/b/parts", None);
        check("/v1/repos/a/objects/info/packs", Some(("a", Endpoint::Dumb)));
        check("/v1/repos/a/HEAD", Some(("a", Endpoint::Dumb)));
        check("/v1/repos/../a/info/refs", None);
        check("/v1/repos/a/config", None);
        check("/v1/repos/a%2finfo/refs", None);
        check("/v1/repos/a/info%2Frefs", None);
        check("/v1/repos/a/x/../info/refs", None);
        check("/v1/repos/%2e%2e/info/refs", None);
        check("/v1/repos/a/%2e%2e/b/info/refs", None);
        check("/v1/repos/./a/info/refs", None);
        check("/v1/repos/a.git.git/info/refs", None);
        check("/v1/repos/a%00/info/refs", None);
        check("/v1/repos/%ff/info/refs", None);
        check("/V1/repos/a/info/refs", None);
        check("//v1/repos/a/info/refs", None);
        check("/v1/repos/", None);
        check("/v2/repos/a/info/refs", None);
    }
}
