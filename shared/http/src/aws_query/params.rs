//! What a call gives: names and values of a form, read as the parameters of an operation.

use std::collections::BTreeMap;
use std::str::FromStr;

use packhouse_forge::directory::names::{IdentityName, IdentityPath};
use packhouse_storage::keys::Identity;
use serde_json::{Map, Value};

use super::failure::Failure;

/// The parameters of one call. An empty value counts as none, as it does for AWS's query services.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Params(BTreeMap<String, String>);

impl Params {
    /// Reads the query of an URL and a form, of which one mostly is empty.
    ///
    /// # Errors
    /// A failure when they name a parameter twice: two readers of one request must not understand it differently.
    pub(crate) fn parse(query: &str, form: &[u8]) -> Result<Self, Failure> {
        let mut params = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()).chain(form_urlencoded::parse(form)) {
            if params.insert(name.to_string(), value.into_owned()).is_some() {
                return Err(Failure::malformed(&format!("The parameter {name} is given twice")));
            }
        }
        Ok(Self(params))
    }

    /// What the audit log is to record of them. It leaves out what is secret.
    pub(super) fn recorded(&self) -> Value {
        let fields = self.0.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        let told = |name: &str| matches!(name, "Action" | "Version") || name.starts_with("X-Amz-");
        nested(&fields.filter(|(name, _)| !told(name)).collect::<Vec<_>>(), 0)
    }

    /// A parameter, if it is given.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A parameter that may be empty, if it is given.
    pub(crate) fn given(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A parameter that the operation needs.
    pub(crate) fn required(&self, name: &str) -> Result<&str, Failure> {
        self.text(name).ok_or_else(|| Failure::null(name))
    }

    /// `true` or `false`, if it is given.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Failure> {
        self.parsed(name, "true or false")
    }

    /// A whole number, if it is given.
    pub(crate) fn number(&self, name: &str) -> Result<Option<u32>, Failure> {
        self.parsed(name, "a whole number")
    }

    fn parsed<T: FromStr>(&self, name: &str, what: &str) -> Result<Option<T>, Failure> {
        let invalid = |_| Failure::validation(format!("Value at '{name}' must be {what}"));
        self.text(name).map(|text| text.parse().map_err(invalid)).transpose()
    }

    /// One of several words, if it is given.
    pub(crate) fn word<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Result<Option<T>, Failure> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Ok(Some(*value));
        }
        let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        Err(Failure::validation(format!(
            "1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: Member must satisfy enum value set: [{}]",
            shown(text),
            member(name),
            all.join(", ")
        )))
    }

    /// The members of a list such as `ActionNames.member`: those numbered from 1 on.
    pub(crate) fn list(&self, name: &str) -> Vec<&str> {
        let numbered = (1..).map_while(|at: u32| self.given(&format!("{name}.{at}")));
        numbered.collect()
    }

    /// The members of a list of structures such as `Tags.member`, each as the parameters inside of it.
    pub(crate) fn structures(&self, name: &str) -> Vec<Self> {
        let inside = |at: u32| {
            let prefix = format!("{name}.{at}.");
            let fields = self.0.range(prefix.clone()..);
            let fields =
                fields.map_while(|(name, value)| Some((name.strip_prefix(&prefix)?.to_owned(), value.clone())));
            let fields = Self(fields.collect());
            (!fields.0.is_empty()).then_some(fields)
        };
        (1..).map_while(inside).collect()
    }

    /// The tags of `Tags.member`, in their order.
    pub(crate) fn tags(&self) -> Result<Vec<(String, String)>, Failure> {
        let tags = self.structures("Tags.member");
        let pairs = tags.iter().map(|tag| {
            let value = tag.given("Value").ok_or_else(|| Failure::null("tags.member.value"))?;
            Ok((tag.required("Key")?.to_owned(), value.to_owned()))
        });
        pairs.collect()
    }

    /// The name of an identity, which the operation needs.
    pub(crate) fn identity(&self, name: &str, kind: Identity) -> Result<IdentityName, Failure> {
        self.required(name).and_then(|value| identity(name, kind, value))
    }

    /// The name of an identity, if it is given.
    pub(crate) fn identity_if_given(&self, name: &str, kind: Identity) -> Result<Option<IdentityName>, Failure> {
        self.text(name).map(|value| identity(name, kind, value)).transpose()
    }

    /// The path of an identity, if it is given.
    pub(crate) fn path(&self, name: &str) -> Result<Option<IdentityPath>, Failure> {
        let path = self.text(name).map(IdentityPath::new).transpose();
        path.map_err(|error| Failure::validation(error.to_string()))
    }
}

/// How deep the audit log follows names such as `ContextEntries.member.1.ContextKeyValues.member.1`.
const MAX_DEPTH: usize = 8;

/// Parameters in the shape that their names tell.
fn nested(fields: &[(&str, &str)], depth: usize) -> Value {
    // Names such as `A` and `A.` leave several behind, of which one has to do.
    if let Some((_, text)) = fields.first()
        && fields.iter().all(|(name, _)| name.is_empty())
    {
        return (*text).into();
    }
    let mut groups: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for (name, text) in fields {
        let (head, rest) = match name.split_once('.') {
            Some(parts) if depth < MAX_DEPTH => parts,
            _ => (*name, ""),
        };
        groups.entry(head).or_default().push((rest, text));
    }
    if let [("member", numbered)] = groups.iter().map(|(head, inside)| (*head, inside)).collect::<Vec<_>>()[..]
        && let Value::Object(numbered) = nested(numbered, depth + 1)
    {
        let mut members: Vec<(u32, Value)> = numbered
            .into_iter()
            .map(|(number, member)| (number.parse().unwrap_or(u32::MAX), member))
            .collect();
        members.sort_by_key(|(number, _)| *number);
        return members.into_iter().map(|(_, member)| member).collect();
    }
    let fields = groups
        .into_iter()
        .map(|(head, inside)| (member(head), nested(&inside, depth + 1)));
    fields.collect::<Map<_, _>>().into()
}

fn identity(name: &str, kind: Identity, value: &str) -> Result<IdentityName, Failure> {
    IdentityName::new(kind, value).map_err(|_| {
        Failure::validation(format!(
            "The specified value for {} is invalid. It must contain only alphanumeric characters and/or the following: \
             +=,.@_- and must not be too long",
            member(name)
        ))
    })
}

/// The name of a parameter as IAM's messages write it.
pub(super) fn member(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

/// A text from outside, cut to what a message may carry.
fn shown(text: &str) -> String {
    text.chars().take(128).collect()
}
