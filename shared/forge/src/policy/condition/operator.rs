//! The names of condition operators.

use std::cmp::Ordering;

use crate::policy::invalid::quoted;

/// A condition operator, such as `ForAnyValue:StringNotLikeIfExists`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::policy) struct Operator {
    pub(super) qualifier: Qualifier,
    pub(super) comparison: Comparison,
    pub(super) negated: bool,
    pub(super) if_exists: bool,
}

/// Which of several values of a key have to meet a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Qualifier {
    None,
    ForAllValues,
    ForAnyValue,
}

impl Qualifier {
    /// Whether a condition is met by a key that is absent.
    pub(super) const fn of_nothing(self, negated: bool) -> bool {
        match self {
            Self::None => negated,
            Self::ForAllValues => true,
            Self::ForAnyValue => false,
        }
    }
}

/// How a value of the request is compared with one of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Exact,
    IgnoringCase,
    Like,
    Numeric(Order),
    Date(Order),
    Bool,
    Binary,
    Network,
    Arn,
    Null,
}

/// What the value of the request has to be, seen from that of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    pub(super) const fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

/// All operators without their prefixes and suffixes, and whether they are negated.
const OPERATORS: [(&str, Comparison, bool); 27] = [
    ("StringEquals", Comparison::Exact, false),
    ("StringNotEquals", Comparison::Exact, true),
    ("StringEqualsIgnoreCase", Comparison::IgnoringCase, false),
    ("StringNotEqualsIgnoreCase", Comparison::IgnoringCase, true),
    ("StringLike", Comparison::Like, false),
    ("StringNotLike", Comparison::Like, true),
    ("NumericEquals", Comparison::Numeric(Order::Equal), false),
    ("NumericNotEquals", Comparison::Numeric(Order::Equal), true),
    ("NumericLessThan", Comparison::Numeric(Order::Less), false),
    ("NumericLessThanEquals", Comparison::Numeric(Order::LessOrEqual), false),
    ("NumericGreaterThan", Comparison::Numeric(Order::Greater), false),
    (
        "NumericGreaterThanEquals",
        Comparison::Numeric(Order::GreaterOrEqual),
        false,
    ),
    ("DateEquals", Comparison::Date(Order::Equal), false),
    ("DateNotEquals", Comparison::Date(Order::Equal), true),
    ("DateLessThan", Comparison::Date(Order::Less), false),
    ("DateLessThanEquals", Comparison::Date(Order::LessOrEqual), false),
    ("DateGreaterThan", Comparison::Date(Order::Greater), false),
    ("DateGreaterThanEquals", Comparison::Date(Order::GreaterOrEqual), false),
    ("Bool", Comparison::Bool, false),
    ("BinaryEquals", Comparison::Binary, false),
    ("IpAddress", Comparison::Network, false),
    ("NotIpAddress", Comparison::Network, true),
    ("ArnEquals", Comparison::Arn, false),
    ("ArnLike", Comparison::Arn, false),
    ("ArnNotEquals", Comparison::Arn, true),
    ("ArnNotLike", Comparison::Arn, true),
    ("Null", Comparison::Null, false),
];

impl Operator {
    /// Reads the name of an operator, whose case counts.
    ///
    /// # Errors
    /// That there is none of that name.
    pub(in crate::policy) fn parse(name: &str) -> Result<Self, String> {
        let (qualifier, rest) = if let Some(rest) = name.strip_prefix("ForAllValues:") {
            (Qualifier::ForAllValues, rest)
        } else if let Some(rest) = name.strip_prefix("ForAnyValue:") {
            (Qualifier::ForAnyValue, rest)
        } else {
            (Qualifier::None, name)
        };
        let (base, if_exists) = match rest.strip_suffix("IfExists") {
            Some(base) => (base, true),
            None => (rest, false),
        };
        let Some((_, comparison, negated)) = OPERATORS.iter().find(|(known, ..)| *known == base) else {
            return Err(unknown(name, base));
        };
        if *comparison == Comparison::Null && (if_exists || qualifier != Qualifier::None) {
            return Err("the operator Null takes neither IfExists nor ForAllValues or ForAnyValue".into());
        }
        Ok(Self {
            qualifier,
            comparison: *comparison,
            negated: *negated,
            if_exists,
        })
    }
}

fn unknown(name: &str, base: &str) -> String {
    let mut known = OPERATORS.iter().map(|(known, ..)| *known);
    match known.find(|known| known.eq_ignore_ascii_case(base)) {
        Some(known) => format!("{} is not a condition operator: it is written {known}", quoted(name)),
        None => format!("{} is not a condition operator", quoted(name)),
    }
}
