//! `GET archive/<revision>.<format>`: a commit, or a folder of it, as a tar or a zip, for people and their scripts.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use packhouse_forge::error::Result;
use packhouse_forge::git::{self, Archived};
use packhouse_git::archive::Format;
use packhouse_git::sideband::Mode;
use packhouse_git::tree::TreePath;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::answer::{Gone, channel};
use super::{Call, public_message, status};

/// What may stand in a name of `Content-Disposition` as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

/// By extension, the longer one first.
const FORMATS: &[(&str, Format, &str)] = &[
    (".tar.gz", Format::TarGz, "application/gzip"),
    (".tar", Format::Tar, "application/x-tar"),
    (".zip", Format::Zip, "application/zip"),
];

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    revision: String,
    format: Format,
    media_type: &'static str,
    /// A folder of the commit.
    path: String,
    /// The folder that all lies in, with a slash behind it; nothing where there is none.
    prefix: String,
    /// What the file is to be called.
    file: String,
}

/// Answers a request for an archive.
pub(super) async fn answer(call: &Call, method: &Method, file: &str, query: &str) -> Response {
    let asked = match asked(call.name.as_str(), file, query) {
        Ok(asked) => asked,
        Err(why) => return text(StatusCode::BAD_REQUEST, why),
    };
    let archived = match find(call, &asked).await {
        Ok(archived) => archived,
        Err(error) => return text(status(&error), &public_message(&error)),
    };
    // All else that the bytes depend on is in the URL. The number changes when the same commit is written otherwise.
    let tag = format!("\"1-{}\"", archived.commit);
    let is_known = is_known(&call.headers, &tag);
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    for (name, value) in [
        (header::ETAG, tag.as_str()),
        (header::CACHE_CONTROL, "private, no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_TYPE, asked.media_type),
        (header::CONTENT_DISPOSITION, &disposition(&asked.file)),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    if method == Method::HEAD {
        // Nobody knows yet how long it will be, which an empty body would tell.
        return response.map(|_| Body::from_stream(stream::empty::<std::io::Result<Bytes>>()));
    }
    archived.taken(&call.app.forge, &call.caller, &call.name).await;
    response.map(|_| body(call, archived, asked))
}

async fn find(call: &Call, asked: &Asked) -> Result<Archived> {
    let what = (asked.revision.as_str(), asked.path.as_str());
    git::archive(&call.app.forge, &call.caller, &call.name, what).await
}

/// What a path and a query ask for, or what is wrong with them.
fn asked(repository: &str, file: &str, query: &str) -> std::result::Result<Asked, &'static str> {
    let known = |&(extension, format, media_type)| {
        let revision = file.strip_suffix(extension).filter(|revision| !revision.is_empty())?;
        Some((revision, extension, format, media_type))
    };
    let found = FORMATS.iter().find_map(known);
    let (revision, extension, format, media_type) =
        found.ok_or("an archive is asked for as archive/<revision>.tar.gz, .tar or .zip")?;
    let parameter = |wanted: &str| {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.into_owned())
    };
    let base = format!("{repository}-{}", revision.replace('/', "-"));
    let prefix = parameter("prefix").unwrap_or_else(|| base.clone());
    let prefix = TreePath::folder(&prefix).map_err(|_| "the prefix is not the path of a folder")?;
    Ok(Asked {
        revision: revision.to_owned(),
        format,
        media_type,
        path: parameter("path").unwrap_or_default(),
        prefix: if prefix.is_root() {
            String::new()
        } else {
            format!("{prefix}/")
        },
        file: format!("{base}{extension}"),
    })
}

/// The archive, as fast as the client takes it.
fn body(call: &Call, archived: Archived, asked: Asked) -> Body {
    let (mut sender, body) = channel(Mode::None, call.bounds, "ask for a folder of it, by ?path=");
    let mut pieces = archived.stream(asked.format, asked.prefix);
    tokio::spawn(async move {
        loop {
            let piece = sender.while_waiting(pieces.next(), || None).await;
            match piece {
                Ok(Some(Ok(piece))) => {
                    if let Err(Gone) = sender.raw(piece).await {
                        return;
                    }
                }
                Ok(Some(Err(error))) => {
                    tracing::warn!(%error, "an archive could not be made to its end");
                    return sender.fatal("").await;
                }
                Ok(None) | Err(Gone) => return,
            }
        }
    });
    body
}

/// Whether the client has what is tagged so.
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let values = headers.get_all(header::IF_NONE_MATCH).iter();
    let mut tags = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    tags.any(|one| {
        let one = one.trim();
        one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag
    })
}

/// As an attachment of that name: once for those who know ASCII alone.
fn disposition(file: &str) -> String {
    let letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '_');
    let plain: String = file.chars().map(|one| if letter(one) { one } else { '_' }).collect();
    if plain == file {
        return format!("attachment; filename=\"{plain}\"");
    }
    let encoded = utf8_percent_encode(file, PLAIN);
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

fn text(status: StatusCode, message: &str) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (status, kind, format!("{message}\n")).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_and_a_query_say_what_is_asked_for() {
        let check = |file: &str, query: &str, expect: (&str, Format, &str, &str, &str)| {
            let asked = asked("demo", file, query).unwrap();
            let found = (
                asked.revision.as_str(),
                asked.format,
                asked.path.as_str(),
                asked.prefix.as_str(),
                asked.file.as_str(),
            );
            assert_eq!(found, expect, "{file} {query}");
        };
        check("main.zip", "", ("main", Format::Zip, "", "demo-main/", "demo-main.zip"));
        check("a/b.tar", "", ("a/b", Format::Tar, "", "demo-a-b/", "demo-a-b.tar"));
        check(
            "v1.0.tar.gz",
            "prefix=",
            ("v1.0", Format::TarGz, "", "", "demo-v1.0.tar.gz"),
        );
        check(
            "x.tar.zip",
            "path=a%2Fb&prefix=p/q/",
            ("x.tar", Format::Zip, "a/b", "p/q/", "demo-x.tar.zip"),
        );
        for (file, query) in [
            ("main", ""),
            (".zip", ""),
            ("main.rar", ""),
            ("main.zip", "prefix=../x"),
            ("main.zip", "prefix=//x"),
            ("main.zip", "prefix=a%00b"),
        ] {
            assert!(asked("demo", file, query).is_err(), "{file} {query}");
        }
    }

    #[test]
    fn names_that_are_not_plain_are_told_twice() {
        assert_eq!(disposition("a-1.zip"), "attachment; filename=\"a-1.zip\"");
        assert_eq!(
            disposition("\"é.zip"),
            "attachment; filename=\"__.zip\"; filename*=UTF-8''%22%C3%A9.zip"
        );
    }

    #[test]
    fn what_a_client_has_is_told_by_its_tag() {
        let check = |value: &'static str, expect: bool| {
            let headers = HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_static(value))]);
            assert_eq!(is_known(&headers, "\"1-a\""), expect, "{value}");
        };
        check("\"1-a\"", true);
        check("\"1-b\", W/\"1-a\"", true);
        check("*", true);
        check("\"1-b\"", false);
        check("", false);
    }
}
