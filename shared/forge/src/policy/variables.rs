//! Text with policy variables such as `${aws:username}`, and with wildcards where the place allows them.

use super::context::Context;
use super::invalid::quoted;

/// What has a meaning of its own in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Syntax {
    /// `${…}`, which documents of version 2008-10-17 do not know.
    pub(super) variables: bool,
    /// `*` and `?`.
    pub(super) wildcards: bool,
}

/// A part of a text whose variables have their values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// These characters.
    Literal(String),
    /// `?`: one character.
    One,
    /// `*`: any characters, or none.
    Many,
}

impl Piece {
    /// A text with wildcards, in which nothing else has a meaning of its own.
    pub(super) fn all_of(text: &str) -> Vec<Self> {
        let mut pieces = Vec::new();
        for run in text.split_inclusive(['*', '?']) {
            let (literal, wildcard) = match (run.strip_suffix('*'), run.strip_suffix('?')) {
                (Some(literal), _) => (literal, Some(Self::Many)),
                (None, Some(literal)) => (literal, Some(Self::One)),
                (None, None) => (run, None),
            };
            pieces.push(Self::Literal(literal.to_owned()));
            pieces.extend(wildcard);
        }
        pieces
    }
}

/// What can be made of a text.
pub(super) trait FromPieces {
    fn from_pieces(pieces: Vec<Piece>) -> Self;
}

/// Text without wildcards.
impl FromPieces for String {
    fn from_pieces(pieces: Vec<Piece>) -> Self {
        pieces
            .iter()
            .map(|piece| match piece {
                Piece::Literal(text) => text.as_str(),
                Piece::One => "?",
                Piece::Many => "*",
            })
            .collect()
    }
}

/// A text of a policy, compiled as far as it can be without a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Template<T> {
    /// Without variables.
    Fixed(T),
    /// With at least one.
    Variable(Vec<Token>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Piece(Piece),
    Variable(Variable),
}

/// A condition key in lower case, whose value is to be put in as it is: wildcards in it have no meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Variable {
    key: String,
    default: Option<String>,
}

impl<T: FromPieces> Template<T> {
    /// Reads a text of a policy.
    ///
    /// # Errors
    /// What is wrong with a variable.
    pub(super) fn parse(text: &str, syntax: Syntax) -> Result<Self, String> {
        let tokens = tokens(text, syntax)?;
        let fixed: Option<Vec<Piece>> = tokens
            .iter()
            .map(|token| match token {
                Token::Piece(piece) => Some(piece.clone()),
                Token::Variable(_) => None,
            })
            .collect();
        Ok(match fixed {
            Some(pieces) => Self::Fixed(T::from_pieces(pieces)),
            None => Self::Variable(tokens),
        })
    }

    /// What `test` says of the text in this request; `None` if a variable has no value there.
    pub(super) fn test(&self, context: &Context, test: impl FnOnce(&T) -> bool) -> Option<bool> {
        match self {
            Self::Fixed(fixed) => Some(test(fixed)),
            Self::Variable(tokens) => {
                let pieces: Option<Vec<Piece>> = tokens.iter().map(|token| token.resolve(context)).collect();
                pieces.map(|pieces| test(&T::from_pieces(pieces)))
            }
        }
    }
}

/// Whether any of `templates` passes `test` in this request; `None` if none does, but one could if all variables had a
/// value.
pub(super) fn any<T: FromPieces>(
    templates: &[Template<T>],
    context: &Context,
    test: impl Fn(&T) -> bool,
) -> Option<bool> {
    let mut verdict = Some(false);
    for template in templates {
        match template.test(context, &test) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => verdict = None,
        }
    }
    verdict
}

impl Token {
    fn resolve(&self, context: &Context) -> Option<Piece> {
        match self {
            Self::Piece(piece) => Some(piece.clone()),
            Self::Variable(variable) => {
                let value = context.variable(&variable.key).or(variable.default.as_deref())?;
                Some(Piece::Literal(value.to_owned()))
            }
        }
    }
}

impl Variable {
    /// Reads what stands between the braces.
    fn parse(text: &str) -> Result<Self, String> {
        let (key, default) = match text.split_once(',') {
            Some((key, default)) => (key, Some(default.trim())),
            None => (text, None),
        };
        let key = key.trim();
        if !is_key(key) {
            return Err(format!(
                "{} names no condition key, as a policy variable such as ${{aws:username}} has to; for the character $ \
                 write ${{$}}",
                quoted(&format!("${{{text}}}"))
            ));
        }
        let default = match default {
            Some(default) => {
                let inner = default.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
                let inner = inner.filter(|inner| !inner.contains('\''));
                let problem = || {
                    let variable = quoted(&format!("${{{text}}}"));
                    format!("the default value in {variable} has to stand in single quotation marks")
                };
                Some(inner.ok_or_else(problem)?.to_owned())
            }
            None => None,
        };
        Ok(Self {
            key: key.to_lowercase(),
            default,
        })
    }
}

/// Whether `text` can be the name of a condition key: a service, a colon, and a name that may end in a tag's key.
pub(super) fn is_key(text: &str) -> bool {
    let Some((service, name)) = text.split_once(':') else {
        return false;
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    !service.is_empty() && service.chars().all(plain) && !name.is_empty() && !name.chars().any(char::is_control)
}

fn tokens(text: &str, syntax: Syntax) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    loop {
        if let Some(behind) = rest.strip_prefix("${").filter(|_| syntax.variables) {
            let unclosed = || "a policy variable begins with ${ but has no } behind it".to_owned();
            let (inside, behind) = behind.split_once('}').ok_or_else(unclosed)?;
            rest = behind;
            if matches!(inside, "*" | "?" | "$") {
                literal.push_str(inside);
            } else {
                let variable = Variable::parse(inside)?;
                end_literal(&mut literal, &mut tokens);
                tokens.push(Token::Variable(variable));
            }
            continue;
        }
        let mut characters = rest.chars();
        let Some(character) = characters.next() else {
            break;
        };
        rest = characters.as_str();
        let wildcard = match character {
            '*' if syntax.wildcards => Piece::Many,
            '?' if syntax.wildcards => Piece::One,
            _ => {
                literal.push(character);
                continue;
            }
        };
        end_literal(&mut literal, &mut tokens);
        tokens.push(Token::Piece(wildcard));
    }
    end_literal(&mut literal, &mut tokens);
    Ok(tokens)
}

fn end_literal(literal: &mut String, tokens: &mut Vec<Token>) {
    if !literal.is_empty() {
        tokens.push(Token::Piece(Piece::Literal(std::mem::take(literal))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Syntax = Syntax {
        variables: true,
        wildcards: true,
    };

    fn context() -> Context {
        let mut context = Context::new();
        context.set("aws:username", "ana");
        context.set("aws:PrincipalTag/Cost Center", "7*");
        context.set_many("aws:TagKeys", ["a"]);
        context
    }

    fn resolved(text: &str, syntax: Syntax) -> Option<String> {
        let template = Template::<String>::parse(text, syntax).expect("it is well formed");
        let mut found = String::new();
        match &template {
            Template::Fixed(fixed) => found.push_str(fixed),
            Template::Variable(tokens) => {
                let pieces = tokens.iter().map(|token| token.resolve(&context()));
                found = String::from_pieces(pieces.collect::<Option<Vec<_>>>()?);
            }
        }
        Some(found)
    }

    #[test]
    fn variables_get_the_values_of_the_request() {
        let rows = [
            ("", Some("")),
            ("plain", Some("plain")),
            ("${aws:username}", Some("ana")),
            ("${AWS:UserName}", Some("ana")),
            ("${ aws:username }", Some("ana")),
            ("home/${aws:username}/${aws:username}x", Some("home/ana/anax")),
            ("${aws:PrincipalTag/cost center}", Some("7*")),
            ("${aws:userid}", None),
            ("x${aws:userid}y", None),
            ("${aws:userid, 'nobody'}", Some("nobody")),
            ("${aws:userid,''}", Some("")),
            ("${aws:username, 'nobody'}", Some("ana")),
            ("${aws:TagKeys}", None),
            ("${aws:TagKeys, 'x'}", Some("x")),
            ("${*}${?}${$}{", Some("*?${")),
            ("$", Some("$")),
            ("$$ {a} }", Some("$$ {a} }")),
            ("${$}{aws:username}", Some("${aws:username}")),
            ("ü${aws:username}ü", Some("üanaü")),
        ];
        for (text, expect) in rows {
            assert_eq!(resolved(text, ALL).as_deref(), expect, "{text}");
        }
    }

    #[test]
    fn old_documents_know_no_variables() {
        let old = Syntax {
            variables: false,
            wildcards: false,
        };
        for text in ["${aws:username}", "${", "${}", "${*}", "a*?"] {
            assert_eq!(resolved(text, old).as_deref(), Some(text));
        }
    }

    #[test]
    fn malformed_variables_are_refused() {
        let rows = [
            "${",
            "${aws:username",
            "${}",
            "${ }",
            "${username}",
            "${aws:}",
            "${:x}",
            "${a b:c}",
            "${aws:x, y}",
            "${aws:x, 'y}",
            "${aws:x, 'a'b'}",
            "${aws:x, \"y\"}",
            "${aws:x,}",
            "${aws:x, '}",
        ];
        for text in rows {
            assert!(Template::<String>::parse(text, ALL).is_err(), "{text}");
        }
    }

    #[test]
    fn wildcards_are_told_from_literals() {
        let pieces = tokens("a*?${*}b", ALL).expect("it is well formed");
        let expect = [
            Piece::Literal("a".into()),
            Piece::Many,
            Piece::One,
            Piece::Literal("*b".into()),
        ];
        assert_eq!(pieces, expect.map(Token::Piece));
    }
}
