//! Who made a commit that is made here, and what it says.

use packhouse_git::commit::{Identity, NewCommit};
use packhouse_git::hash::ObjectId;
use packhouse_storage::clock;

use crate::error::Result;
use crate::identity::session::SessionOf;
use crate::identity::{Caller, Who};
use crate::refusal::Refusal;

/// The longest name of an author, in characters.
pub const MAX_NAME: usize = 1024;
/// The longest email address, in characters.
pub const MAX_EMAIL: usize = 256;
/// The longest message, in bytes.
pub const MAX_MESSAGE: usize = 256 << 10;

/// What a caller says of a commit that is to be made. What is empty counts as not said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Authorship {
    /// The name of the author, who is the committer too; that of the caller where none is said.
    pub name: Option<String>,
    /// Their email address; none where none is said.
    pub email: Option<String>,
    /// The message; where none is said, one that tells what the commit does.
    pub message: Option<String>,
}

impl Authorship {
    /// Checks what was said.
    ///
    /// # Errors
    /// [`Refusal::NameLengthExceeded`], [`Refusal::InvalidEmail`], [`Refusal::CommitMessageLengthExceeded`].
    pub(crate) fn check(&self) -> Result<()> {
        let length = |text: &Option<String>| text.as_ref().map_or(0, |text| text.chars().count());
        if length(&self.name) > MAX_NAME {
            return Err(Refusal::NameLengthExceeded.into());
        }
        // What git would leave out of an address.
        let is_foreign = |character: char| character.is_control() || matches!(character, '<' | '>');
        if length(&self.email) > MAX_EMAIL || self.email.as_ref().is_some_and(|email| email.contains(is_foreign)) {
            return Err(Refusal::InvalidEmail.into());
        }
        if self.message.as_ref().is_some_and(|message| message.len() > MAX_MESSAGE) {
            return Err(Refusal::CommitMessageLengthExceeded.into());
        }
        Ok(())
    }

    /// The commit of a tree on these parents, made now; `otherwise` is what it says where nothing was said.
    pub(crate) fn commit(
        &self,
        caller: &Caller,
        (tree, parents): (ObjectId, Vec<ObjectId>),
        otherwise: &str,
    ) -> NewCommit {
        let author = Identity {
            name: said(self.name.as_deref()).unwrap_or_else(|| name_of(caller)).to_owned(),
            email: said(self.email.as_deref()).unwrap_or_default().to_owned(),
            seconds: i64::try_from(clock::now_secs()).unwrap_or(i64::MAX),
            zone: "+0000".to_owned(),
        };
        NewCommit {
            tree,
            parents,
            committer: author.clone(),
            author,
            message: said(self.message.as_deref()).unwrap_or(otherwise).to_owned(),
        }
    }
}

fn said(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.trim().is_empty())
}

/// The name of a user, or the one that a role's session was given.
fn name_of(caller: &Caller) -> &str {
    match &caller.principal.proven.who {
        Who::Session(session) => match &session.of {
            SessionOf::Role { session, .. } => session,
            SessionOf::User { name, .. } => name,
        },
        Who::User { name, .. } => name,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use packhouse_git::hash::ObjectFormat;

    use super::*;
    use crate::error::Error;
    use crate::testing;

    fn authorship(name: Option<&str>, email: Option<&str>, message: Option<&str>) -> Authorship {
        let text = |text: Option<&str>| text.map(str::to_owned);
        Authorship {
            name: text(name),
            email: text(email),
            message: text(message),
        }
    }

    #[test]
    fn what_is_too_long_is_refused_for_its_own_reason() {
        let check = |authorship: Authorship, expect: Option<Refusal>| {
            let refused = authorship.check().err().map(|error| match error {
                Error::Refused(refusal, _) => refusal,
                other => panic!("{other}"),
            });
            assert_eq!(refused, expect);
        };
        let (name, email) = ("ü".repeat(MAX_NAME), "ü".repeat(MAX_EMAIL));
        let message = "m".repeat(MAX_MESSAGE);
        check(authorship(Some(&name), Some(&email), Some(&message)), None);
        check(authorship(None, None, None), None);
        check(
            authorship(Some(&format!("{name}x")), None, None),
            Some(Refusal::NameLengthExceeded),
        );
        for email in [format!("{email}x"), "a <b@c>".into(), "a\nb".into()] {
            check(authorship(None, Some(&email), None), Some(Refusal::InvalidEmail));
        }
        let long = format!("{message}x");
        check(
            authorship(None, None, Some(&long)),
            Some(Refusal::CommitMessageLengthExceeded),
        );
    }

    #[tokio::test]
    async fn what_is_not_said_is_known_of_the_caller_and_the_change() {
        let forge = testing::forge().await;
        let caller = testing::administrator(&forge.installation().account);
        let tree = ObjectFormat::Sha1.null();
        let of = |authorship: Authorship, caller: &Caller| {
            let commit = authorship.commit(caller, (tree, Vec::new()), "Added x");
            assert_eq!(commit.author, commit.committer);
            (commit.author.name, commit.author.email, commit.message)
        };
        let texts = |name: &str, email: &str, message: &str| (name.to_owned(), email.to_owned(), message.to_owned());
        assert_eq!(of(Authorship::default(), &caller), texts("ana", "", "Added x"));
        let empty = authorship(Some(""), Some(" "), Some("\n"));
        assert_eq!(of(empty, &caller), texts("ana", "", "Added x"));
        let full = authorship(Some("Bo"), Some("bo@example.com"), Some("Mine"));
        assert_eq!(of(full, &caller), texts("Bo", "bo@example.com", "Mine"));

        let mut role = (*caller.principal).clone();
        role.proven.who = Who::Session(Box::new(crate::identity::session::Session {
            of: SessionOf::Role {
                name: "deploy".into(),
                id: "AROA1".into(),
                session: "ci".into(),
            },
            issued: 1,
            expires: u64::MAX,
            mfa: false,
            policies: Vec::new(),
            policy_arns: Vec::new(),
            tags: std::collections::BTreeMap::new(),
            provider: None,
            claims: std::collections::BTreeMap::new(),
        }));
        let caller = Caller {
            principal: Arc::new(role),
            ..caller
        };
        assert_eq!(of(Authorship::default(), &caller), texts("ci", "", "Added x"));
    }
}
