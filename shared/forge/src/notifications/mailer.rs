//! The port to those who get notifications by e-mail.

use std::fmt;

use async_trait::async_trait;

use crate::triggers::{NoTargets, Undelivered};

/// A mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The address of who gets it.
    pub to: String,
    /// One line.
    pub subject: String,
    /// Plain text, lines ended by `\n`.
    pub text: String,
    /// The same for each try to send it, and for no other mail: letters, digits and dashes.
    pub id: String,
}

/// Who sends mails.
#[async_trait]
pub trait Mailer: Send + Sync + fmt::Debug {
    /// Sends. When it returns `Ok`, a server has the mail.
    ///
    /// # Errors
    /// [`Undelivered`]. It may have the mail all the same.
    async fn send(&self, mail: Mail) -> Result<(), Undelivered>;
}

#[async_trait]
impl Mailer for NoTargets {
    async fn send(&self, _mail: Mail) -> Result<(), Undelivered> {
        self.refused()
    }
}
