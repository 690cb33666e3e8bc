//! Who gets notifications by e-mail.

use clap::Args;
use packhouse_federation::{BadMailSettings, MailSettings, SmtpMailer};

#[derive(Debug, Args)]
pub(crate) struct MailOptions {
    /// The mail server for notification rules: `smtps://USER:PASSWORD@HOST`, or `smtp://HOST:PORT?tls=required` [default: none]
    ///
    /// `smtp` without `tls` encrypts nothing. Characters of the password that are special in URLs are percent-encoded.
    #[arg(
        long,
        env = "PACKHOUSE_SMTP",
        value_name = "URL",
        requires = "mail_from",
        hide_env_values = true
    )]
    smtp: Option<String>,

    /// Whom mails come from
    #[arg(long, env = "PACKHOUSE_MAIL_FROM", value_name = "ADDRESS", requires = "smtp")]
    mail_from: Option<String>,

    /// Domains whose addresses may get mails, separated by commas [default: that of --mail-from]
    #[arg(
        long,
        env = "PACKHOUSE_MAIL_TO",
        value_name = "DOMAINS",
        value_delimiter = ',',
        requires = "smtp"
    )]
    mail_to: Vec<String>,
}

impl MailOptions {
    /// Who sends mails, if anybody.
    pub(crate) fn mailer(&self) -> Result<Option<SmtpMailer>, BadMailSettings> {
        let (Some(server), Some(from)) = (&self.smtp, &self.mail_from) else {
            return Ok(None);
        };
        SmtpMailer::new(&MailSettings {
            server: server.clone(),
            from: from.clone(),
            to_domains: self.mail_to.clone(),
        })
        .map(Some)
    }
}
