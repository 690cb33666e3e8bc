//! URLs of submodules that clients can be handed: none that reads as an option, and none that older clients turned
//! into a request for another host's credentials (CVE-2020-5260, CVE-2020-11008).

/// Whether a submodule may have that URL.
pub(super) fn is_good(url: &[u8]) -> bool {
    if url.starts_with(b"-") {
        return false;
    }
    let (climbs, path) = strip_relative(url);
    if path.len() < url.len() || url.starts_with(b"git://") {
        // It may be appended to the URL of the parent repository, and decoded as that is.
        let scheme = url.iter().position(|&byte| byte == b':').unwrap_or(0);
        let escapes_root = climbs && matches!(path, [b':' | b'/', ..]);
        return !url.contains(&b'\n') && !has_escaped_newline(url.get(scheme..).unwrap_or_default()) && !escapes_root;
    }
    match http_url(url) {
        Some(url) => is_good_http(url),
        None => true,
    }
}

/// What follows all leading `./` and `../`, and whether there is one of the latter; Windows's separator counts.
fn strip_relative(mut url: &[u8]) -> (bool, &[u8]) {
    let mut climbs = false;
    loop {
        url = match url {
            [b'.', b'.', b'/' | b'\\', rest @ ..] => {
                climbs = true;
                rest
            }
            [b'.', b'/' | b'\\', rest @ ..] => rest,
            _ => return (climbs, url),
        };
    }
}

/// The URL that git hands to its HTTP transport, if it would.
fn http_url(url: &[u8]) -> Option<&[u8]> {
    let schemes: [&[u8]; 4] = [b"http", b"https", b"ftp", b"ftps"];
    schemes.iter().find_map(|scheme| {
        let rest = url.strip_prefix(*scheme)?;
        rest.strip_prefix(b"::")
            .or_else(|| rest.starts_with(b"://").then_some(url))
    })
}

fn has_escaped_newline(url: &[u8]) -> bool {
    url.windows(3).any(|bytes| bytes.eq_ignore_ascii_case(b"%0a"))
}

/// Whether git can normalise the URL, and there is no newline in it.
fn is_good_http(url: &[u8]) -> bool {
    if url.contains(&b'\n') || has_escaped_newline(url) {
        return false;
    }
    let is_scheme = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-');
    let Some((scheme, rest)) = split_where(url, |byte| !is_scheme(byte)) else {
        return false;
    };
    let Some(rest) = rest.strip_prefix(b"://") else {
        return false;
    };
    if !scheme.first().is_some_and(u8::is_ascii_alphabetic) {
        return false;
    }
    let (authority, path) = split_where(rest, |byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or((rest, b""));
    let (user, host) = match split_where(authority, |&byte| byte == b'@') {
        Some((user, host)) => (user, host.strip_prefix(b"@").unwrap_or(host)),
        None => (&b""[..], authority),
    };
    has_good_escapes(user) && is_good_host(host, scheme.eq_ignore_ascii_case(b"file")) && is_good_path(path)
}

fn split_where(text: &[u8], ends: impl FnMut(&u8) -> bool) -> Option<(&[u8], &[u8])> {
    text.iter().position(ends).and_then(|at| text.split_at_checked(at))
}

fn is_good_host(host: &[u8], is_file: bool) -> bool {
    let is_missing = matches!(host, [] | [b':', ..]);
    let port_at = host.iter().rposition(|byte| matches!(byte, b':' | b']'));
    let (name, port) = match port_at.and_then(|at| host.split_at_checked(at)) {
        Some((name, [b':', port @ ..])) => (name, port),
        _ => (host, &b""[..]),
    };
    if is_missing && !(is_file && port.is_empty()) {
        return false;
    }
    let is_host = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'[' | b':' | b']');
    name.iter().all(is_host) && is_good_port(port)
}

fn is_good_port(port: &[u8]) -> bool {
    let is_number = port.iter().all(u8::is_ascii_digit);
    let zeros = port.iter().position(|&byte| byte != b'0').unwrap_or(port.len());
    let number = port.get(zeros..).and_then(|digits| std::str::from_utf8(digits).ok());
    port.is_empty() || (is_number && number.is_some_and(|digits| digits.parse::<u16>().is_ok()))
}

/// Whether escapes are whole and `..` never climbs above the root; what follows the path needs only the first.
fn is_good_path(path: &[u8]) -> bool {
    let (path, query) = split_where(path, |byte| matches!(byte, b'?' | b'#')).unwrap_or((path, b""));
    if !has_good_escapes(path) || !has_good_escapes(query) {
        return false;
    }
    let mut depth = 0usize;
    for part in path.strip_prefix(b"/").unwrap_or(path).split(|&byte| byte == b'/') {
        match count_dots(part) {
            Some(1) => {}
            Some(2) => match depth.checked_sub(1) {
                Some(parent) => depth = parent,
                None => return false,
            },
            _ => depth = depth.saturating_add(1),
        }
    }
    true
}

/// How many dots, escaped or not, a part that has nothing else has.
fn count_dots(mut part: &[u8]) -> Option<usize> {
    let mut dots = 0usize;
    while !part.is_empty() {
        part = match part {
            [b'.', rest @ ..] | [b'%', b'2', b'e' | b'E', rest @ ..] => rest,
            _ => return None,
        };
        dots = dots.saturating_add(1);
    }
    Some(dots)
}

fn has_good_escapes(text: &[u8]) -> bool {
    text.split(|&byte| byte == b'%')
        .skip(1)
        .all(|rest| matches!(rest, [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit()))
}
