//! The values of a condition, compiled for its comparison.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::network::Network;
use super::operator::{Comparison, Order};
use super::{date, decimal};
use crate::policy::context::Context;
use crate::policy::invalid::quoted;
use crate::policy::pattern::Pattern;
use crate::policy::pattern::arn::{ArnPattern, is_arn};
use crate::policy::variables::{Syntax, Template, any};

/// What a value of the request is compared with.
#[derive(Clone, Debug)]
pub(super) enum Values {
    Exact(Vec<Template<String>>),
    IgnoringCase(Vec<Template<String>>),
    Like(Vec<Template<Pattern>>),
    Arn(Vec<Template<ArnPattern>>),
    /// Numbers, or points in time, in the smallest unit.
    Ordered {
        read: fn(&str) -> Option<i128>,
        order: Order,
        values: Vec<i128>,
    },
    Binary(Vec<Vec<u8>>),
    Network(Vec<Network>),
}

impl Values {
    /// Reads the values of a condition other than `Null`.
    ///
    /// # Errors
    /// What is wrong with one of them.
    pub(super) fn parse(comparison: Comparison, texts: &[String], variables: bool) -> Result<Self, String> {
        let plain = Syntax {
            variables,
            wildcards: false,
        };
        let wild = Syntax {
            variables,
            wildcards: true,
        };
        Ok(match comparison {
            Comparison::Exact => Self::Exact(each(texts, |text| Template::parse(text, plain))?),
            Comparison::IgnoringCase => Self::IgnoringCase(each(texts, |text| Template::parse(text, plain))?),
            Comparison::Bool => Self::IgnoringCase(each(texts, |text| {
                let template = Template::parse(text, plain)?;
                if matches!(template, Template::Fixed(_)) {
                    boolean(text)?;
                }
                Ok(template)
            })?),
            Comparison::Like => Self::Like(each(texts, |text| Template::parse(text, wild))?),
            Comparison::Arn => Self::Arn(each(texts, |text| arn(text, wild))?),
            Comparison::Numeric(order) => Self::Ordered {
                read: decimal::read,
                order,
                values: each(texts, |text| {
                    decimal::read(text).ok_or_else(|| not_a(text, decimal::EXPECTED))
                })?,
            },
            Comparison::Date(order) => Self::Ordered {
                read: date::read,
                order,
                values: each(texts, |text| {
                    date::read(text).ok_or_else(|| not_a(text, date::EXPECTED))
                })?,
            },
            Comparison::Binary => Self::Binary(each(texts, |text| {
                STANDARD.decode(text).map_err(|_| not_a(text, "bytes in base64"))
            })?),
            Comparison::Network => Self::Network(each(texts, Network::parse)?),
            Comparison::Null => return Err("the operator Null compares with no value".into()),
        })
    }

    /// Whether `found` compares as asked with one of the values; `None` if it does with none, but could if every policy
    /// variable had a value.
    pub(super) fn contain(&self, found: &str, context: &Context) -> Option<bool> {
        match self {
            Self::Exact(values) => any(values, context, |value| value == found),
            Self::IgnoringCase(values) => any(values, context, |value| equal_ignoring_case(value, found)),
            Self::Like(values) => any(values, context, |value| value.matches(found)),
            Self::Arn(values) => any(values, context, |value| is_arn(found) && value.matches(found)),
            Self::Ordered { read, order, values } => {
                Some(read(found).is_some_and(|found| values.iter().any(|value| order.holds(found.cmp(value)))))
            }
            Self::Binary(values) => Some(values.iter().any(|value| value == found.as_bytes())),
            Self::Network(values) => {
                let address = found.parse().ok().map(|address: IpAddr| address.to_canonical());
                Some(address.is_some_and(|address| values.iter().any(|network| network.contains(address))))
            }
        }
    }
}

/// Reads `true` or `false`.
pub(super) fn boolean(text: &str) -> Result<bool, String> {
    if text.eq_ignore_ascii_case("true") {
        Ok(true)
    } else if text.eq_ignore_ascii_case("false") {
        Ok(false)
    } else {
        Err(not_a(text, "true or false"))
    }
}

fn each<T>(texts: &[String], read: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    texts.iter().map(|text| read(text)).collect()
}

fn arn(text: &str, syntax: Syntax) -> Result<Template<ArnPattern>, String> {
    let template = Template::parse(text, syntax)?;
    // With variables, only the request can tell.
    if matches!(template, Template::Fixed(_)) && text != "*" && !is_arn(text) {
        return Err(not_a(text, "an ARN of six parts"));
    }
    Ok(template)
}

fn equal_ignoring_case(left: &str, right: &str) -> bool {
    let lower = |text: &'_ str| text.chars().flat_map(char::to_lowercase).collect::<Vec<char>>();
    left.eq_ignore_ascii_case(right) || (!(left.is_ascii() && right.is_ascii()) && lower(left) == lower(right))
}

fn not_a(text: &str, expected: &str) -> String {
    format!("{} is not {expected}", quoted(text))
}
