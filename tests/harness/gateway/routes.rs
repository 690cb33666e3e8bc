//! Which resource a path is, and which route of it a method.

use std::{collections::BTreeMap, time::Duration};

use crate::{http_server::percent_decode, runtime_api::Function};

/// A method of a resource, and the function behind it.
#[derive(Debug, Clone)]
pub struct Route {
    pub(super) method: String,
    pub(super) resource: String,
    pub(super) function: Function,
    pub(super) streams: bool,
    pub(super) authorized: bool,
    pub(super) timeout: Duration,
}

impl Route {
    /// A route whose answers are sent once they are whole, within 29 seconds. The method may be `ANY`; the resource is such
    /// as `/v1/repos/{name}/{proxy+}`.
    pub fn buffered(method: &str, resource: &str, function: &Function) -> Self {
        Self {
            method: method.to_owned(),
            resource: resource.to_owned(),
            function: function.clone(),
            streams: false,
            authorized: false,
            timeout: Duration::from_secs(29),
        }
    }

    /// A route whose answers are sent as they come, within 15 minutes.
    pub fn streaming(method: &str, resource: &str, function: &Function) -> Self {
        Self {
            streams: true,
            timeout: Duration::from_mins(15),
            ..Self::buffered(method, resource, function)
        }
    }

    /// Asks the authorizer first.
    #[must_use]
    pub fn authorized(mut self) -> Self {
        self.authorized = true;
        self
    }

    /// Gives up after another time.
    #[must_use]
    pub fn within(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

/// A route that matched.
#[derive(Debug)]
pub(super) struct Matched<'a> {
    pub(super) route: &'a Route,
    /// Decoded.
    pub(super) parameters: BTreeMap<String, String>,
}

/// The route of a path without its stage.
///
/// At each segment a resource with that text goes before `{name}`, and that before `{name+}`; once taken, the way is not gone
/// back. A method of its own goes before `ANY`.
pub(super) fn find<'a>(routes: &'a [Route], method: &str, path: &str) -> Option<Matched<'a>> {
    let segments: Vec<_> = segments(path).collect();
    let mut parameters = BTreeMap::new();
    let mut chosen: Vec<&str> = Vec::new();
    for (at, segment) in segments.iter().enumerate() {
        let below: Vec<&str> = routes
            .iter()
            .filter_map(|route| {
                let resource: Vec<_> = self::segments(&route.resource).collect();
                resource
                    .starts_with(&chosen)
                    .then(|| resource.get(at).copied())
                    .flatten()
            })
            .collect();
        let find = |wanted: &dyn Fn(&str) -> bool| below.iter().copied().find(|pattern| wanted(pattern));
        let next = find(&|pattern| pattern == *segment)
            .or_else(|| find(&|pattern| name_of(pattern).is_some_and(|name| !name.ends_with('+'))))
            .or_else(|| find(&|pattern| name_of(pattern).is_some()))?;
        chosen.push(next);
        match name_of(next) {
            Some(name) if name.ends_with('+') => {
                let rest = segments[at..].join("/");
                parameters.insert(name.trim_end_matches('+').to_owned(), percent_decode(&rest));
                break;
            }
            Some(name) => drop(parameters.insert(name.to_owned(), percent_decode(segment))),
            None => {}
        }
    }
    let here = |route: &&Route| self::segments(&route.resource).eq(chosen.iter().copied());
    let of = |wanted: &str| routes.iter().filter(here).find(|route| route.method == wanted);
    let route = of(method).or_else(|| of("ANY"))?;
    Some(Matched { route, parameters })
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

/// What stands between the braces of a pattern.
fn name_of(pattern: &str) -> Option<&str> {
    pattern.strip_prefix('{')?.strip_suffix('}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime_api::FunctionOptions;

    #[test]
    fn paths_match_text_before_parameters_before_the_rest_and_never_go_back() {
        let function = Function::deploy(FunctionOptions::new("none", "/nowhere", Vec::new()));
        let routes = [
            ("POST", "/"),
            ("GET", "/"),
            ("ANY", "/v1/repos/{name}/{proxy+}"),
            ("POST", "/v1/repos/{name}/uploads"),
            ("POST", "/v1/repos/{name}/uploads/{upload}/parts"),
            ("GET", "/v1/health"),
            ("ANY", "/v1/health"),
        ];
        let routes = routes.map(|(method, resource)| Route::buffered(method, resource, &function));
        // (method, path, resource, parameters), or no resource
        let rows = [
            ("POST", "/", "POST /", ""),
            ("GET", "/", "GET /", ""),
            ("PUT", "/", "", ""),
            (
                "GET",
                "/v1/repos/x/info/refs",
                "ANY /v1/repos/{name}/{proxy+}",
                "name=x proxy=info/refs",
            ),
            (
                "GET",
                "/v1/repos/a%20b/c%2Fd",
                "ANY /v1/repos/{name}/{proxy+}",
                "name=a b proxy=c/d",
            ),
            ("GET", "/v1/repos/x", "", ""),
            ("GET", "/v1/repos/x/", "", ""),
            ("POST", "/v1/repos/x/uploads", "POST /v1/repos/{name}/uploads", "name=x"),
            ("GET", "/v1/repos/x/uploads", "", ""),
            (
                "POST",
                "/v1/repos/x/uploads/u/parts",
                "POST /v1/repos/{name}/uploads/{upload}/parts",
                "name=x upload=u",
            ),
            // There is no way back to {proxy+}.
            ("POST", "/v1/repos/x/uploads/u", "", ""),
            ("POST", "/v1/repos/x/uploads/u/other", "", ""),
            ("GET", "/v1/health", "GET /v1/health", ""),
            ("PUT", "/v1/health", "ANY /v1/health", ""),
            ("GET", "/v2", "", ""),
        ];
        for (method, path, resource, parameters) in rows {
            let found = find(&routes, method, path);
            let shown = found.as_ref().map_or(String::new(), |found| {
                format!("{} {}", found.route.method, found.route.resource)
            });
            let pairs = found.into_iter().flat_map(|found| found.parameters);
            let pairs: Vec<_> = pairs.map(|(name, value)| format!("{name}={value}")).collect();
            assert_eq!(
                (shown.as_str(), pairs.join(" ").as_str()),
                (resource, parameters),
                "{method} {path}"
            );
        }
    }
}
