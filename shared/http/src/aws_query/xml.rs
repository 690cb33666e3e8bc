//! Writing XML. Names are ours; texts are anybody's.

use std::fmt::Display;

use packhouse_forge::iso8601;
use serde_json::{Map, Value};

use super::params::member;

/// What an operation answers: elements, or that it has no result.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Xml {
    elements: Vec<(String, Content)>,
    /// Whether there is no result.
    nothing: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Content {
    Text(String),
    Elements(Xml),
    Members(Xml),
}

impl Xml {
    /// The result that `write` writes.
    pub(crate) fn result(write: impl FnOnce(&mut Self)) -> Self {
        let mut xml = Self::default();
        write(&mut xml);
        xml
    }

    /// The answer of an operation that has no result.
    pub(crate) const fn nothing() -> Self {
        Self {
            elements: Vec::new(),
            nothing: true,
        }
    }

    /// An element with other elements in it.
    pub(crate) fn element(&mut self, name: &str, write: impl FnOnce(&mut Self)) {
        let inside = Self::result(write);
        self.elements.push((name.to_owned(), Content::Elements(inside)));
    }

    /// An element with a text in it.
    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.elements.push((name.to_owned(), Content::Text(text.to_owned())));
    }

    /// An element with a text in it, if there is one.
    pub(crate) fn optional(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    /// An element with a number or a flag in it.
    pub(crate) fn value(&mut self, name: &str, value: impl Display) {
        self.text(name, &value.to_string());
    }

    /// An element with a time in it, of milliseconds since the Unix epoch.
    pub(crate) fn time(&mut self, name: &str, at_ms: u64) {
        self.text(name, &iso8601::format(at_ms / 1000));
    }

    /// A list, of which `write` writes each member's inside.
    pub(crate) fn list<T>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T),
    ) {
        let mut members = Self::default();
        for item in items {
            members.element("member", |member| write(member, item));
        }
        self.elements.push((name.to_owned(), Content::Members(members)));
    }

    /// A list of texts.
    pub(crate) fn texts<'a>(&mut self, name: &str, items: impl IntoIterator<Item = &'a str>) {
        let mut members = Self::default();
        for item in items {
            members.text("member", item);
        }
        self.elements.push((name.to_owned(), Content::Members(members)));
    }

    /// The whole answer to `action`.
    pub(super) fn into_response(self, action: &str, namespace: &str, request_id: &str) -> String {
        let nothing = self.nothing;
        let response = Self::result(|response| {
            if !nothing {
                let result = (format!("{action}Result"), Content::Elements(self));
                response.elements.push(result);
            }
            response.element("ResponseMetadata", |metadata| metadata.text("RequestId", request_id));
        });
        response.document(&format!("{action}Response"), namespace)
    }

    /// An error.
    pub(super) fn error(namespace: &str, request_id: &str, write: impl FnOnce(&mut Self)) -> String {
        let response = Self::result(|response| {
            response.element("Error", write);
            response.text("RequestId", request_id);
        });
        response.document("ErrorResponse", namespace)
    }

    fn document(&self, name: &str, namespace: &str) -> String {
        let mut out = format!("<{name} xmlns=\"{namespace}\">");
        self.write(&mut out);
        end(&mut out, name);
        out
    }

    fn write(&self, out: &mut String) {
        for (name, content) in &self.elements {
            out.push('<');
            out.push_str(name);
            out.push('>');
            match content {
                Content::Text(text) => out.extend(text.chars().map(Escaped::of).flat_map(Escaped::into_chars)),
                Content::Elements(inside) | Content::Members(inside) => inside.write(out),
            }
            end(out, name);
        }
    }

    /// The same as the audit log records it; `None` where there is no result.
    pub(super) fn recorded(&self) -> Option<Value> {
        (!self.nothing).then(|| self.json())
    }

    fn json(&self) -> Value {
        let fields = self
            .elements
            .iter()
            .map(|(name, content)| (member(name), content.json()));
        fields.collect::<Map<_, _>>().into()
    }
}

impl Content {
    fn json(&self) -> Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Elements(inside) => inside.json(),
            Self::Members(members) => members.elements.iter().map(|(_, member)| member.json()).collect(),
        }
    }
}

fn end(out: &mut String, name: &str) {
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

/// A character as XML 1.0 can carry it.
enum Escaped {
    Plain(char),
    Reference(&'static str),
}

impl Escaped {
    const fn of(letter: char) -> Self {
        match letter {
            '&' => Self::Reference("&amp;"),
            '<' => Self::Reference("&lt;"),
            '>' => Self::Reference("&gt;"),
            '"' => Self::Reference("&quot;"),
            // Readers turn a plain one into a line feed.
            '\r' => Self::Reference("&#13;"),
            '\t' | '\n' | ' '..='\u{fffd}' | '\u{10000}'.. => Self::Plain(letter),
            // Not even a reference may stand for these.
            _ => Self::Plain(char::REPLACEMENT_CHARACTER),
        }
    }

    fn into_chars(self) -> impl Iterator<Item = char> {
        let (plain, reference) = match self {
            Self::Plain(letter) => (Some(letter), ""),
            Self::Reference(reference) => (None, reference),
        };
        plain.into_iter().chain(reference.chars())
    }
}
