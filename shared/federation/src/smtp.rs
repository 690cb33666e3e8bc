//! [`SmtpMailer`].

use std::time::Duration;

use async_trait::async_trait;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use packhouse_forge::notifications::{Mail, Mailer};
use packhouse_forge::triggers::Undelivered;

/// How long the server may take for each step.
const TIME: Duration = Duration::from_secs(10);
/// How many connections there are at once. Mails wait for one.
const AT_ONCE: u32 = 4;

/// Where mails go and whom they may go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailSettings {
    /// The server: `smtps://USER:PASSWORD@HOST`, or `smtp://HOST:PORT?tls=required`; without `tls` nothing is encrypted.
    pub server: String,
    /// Whom mails come from.
    pub from: String,
    /// The domains of those who may get some; that of `from` when there are none.
    pub to_domains: Vec<String>,
}

/// A mail server cannot be used so.
#[derive(Debug, thiserror::Error)]
pub enum BadMailSettings {
    /// That is no URL of a mail server. It may hold a password, so it is not shown.
    #[error("the URL of the mail server is not one: {0}")]
    Server(lettre::transport::smtp::Error),
    /// Nobody can be reached under that address.
    #[error("{0:?} is no e-mail address")]
    From(String),
}

/// Mails by a server that takes them for others. Whoever may change notification rules chooses who gets some, within the domains
/// that were allowed.
#[derive(Clone, Debug)]
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Address,
    to_domains: Vec<String>,
}

impl SmtpMailer {
    /// Mails by that server. Nothing is connected yet.
    ///
    /// # Errors
    /// [`BadMailSettings`].
    pub fn new(settings: &MailSettings) -> Result<Self, BadMailSettings> {
        let from: Address = settings
            .from
            .parse()
            .map_err(|_| BadMailSettings::From(settings.from.clone()))?;
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(&settings.server)
            .map_err(BadMailSettings::Server)?
            .hello_name(ClientId::Domain(from.domain().to_owned()))
            .timeout(Some(TIME))
            .pool_config(PoolConfig::new().max_size(AT_ONCE))
            .build();
        let mut to_domains = settings.to_domains.clone();
        if to_domains.is_empty() {
            to_domains.push(from.domain().to_owned());
        }
        Ok(Self {
            transport,
            from,
            to_domains,
        })
    }

    fn message(&self, mail: Mail) -> Result<Message, Undelivered> {
        let refused = |why: String| Undelivered::Refused(why);
        let to: Address = mail
            .to
            .parse()
            .map_err(|_| refused("The target is no e-mail address.".to_owned()))?;
        if !self
            .to_domains
            .iter()
            .any(|domain| domain.eq_ignore_ascii_case(to.domain()))
        {
            return Err(refused(format!("Mails to {} are not allowed here.", to.domain())));
        }
        // Lets nobody's vacation answer. Source: RFC 3834, section 5.
        let automatic = HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        );
        Message::builder()
            .from(Mailbox::new(Some("Packhouse".to_owned()), self.from.clone()))
            .to(Mailbox::new(None, to))
            .subject(mail.subject)
            .message_id(Some(format!("<{}@{}>", mail.id, self.from.domain())))
            .raw_header(automatic)
            .header(ContentType::TEXT_PLAIN)
            .body(mail.text)
            .map_err(|error| refused(format!("The mail cannot be written: {error}.")))
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: Mail) -> Result<(), Undelivered> {
        let message = self.message(mail)?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() => Err(Undelivered::Refused(format!(
                "The mail server refused the mail: {error}."
            ))),
            Err(error) => Err(Undelivered::Unreachable(error.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(to_domains: &[&str]) -> MailSettings {
        MailSettings {
            server: "smtp://127.0.0.1:9".to_owned(),
            from: "packhouse@example.com".to_owned(),
            to_domains: to_domains.iter().map(|&domain| domain.to_owned()).collect(),
        }
    }

    fn mail(to: &str) -> Mail {
        Mail {
            to: to.to_owned(),
            subject: "[demo] Branch main was updated ✓\r\nBcc: x@example.com".to_owned(),
            text: "Hello.\n.\nQUIT\n".to_owned(),
            id: "abc".to_owned(),
        }
    }

    #[tokio::test]
    async fn only_allowed_domains_get_mails() {
        let told = |settings: &MailSettings, to: &str| {
            let message = SmtpMailer::new(settings).unwrap().message(mail(to));
            message.map(|_| ()).map_err(|why| why.told().to_owned())
        };
        assert_eq!(told(&settings(&[]), "ana@EXAMPLE.com"), Ok(()));
        assert_eq!(
            told(&settings(&[]), "ana@example.org"),
            Err("Mails to example.org are not allowed here.".to_owned())
        );
        assert_eq!(told(&settings(&["example.org"]), "ana@example.org"), Ok(()));
        told(&settings(&["example.org"]), "ana@example.com").unwrap_err();
        told(&settings(&[]), "ana").unwrap_err();
    }

    #[tokio::test]
    async fn a_subject_brings_no_header_of_its_own() {
        let mailer = SmtpMailer::new(&settings(&[])).unwrap();
        let written = mailer.message(mail("ana@example.com")).unwrap().formatted();
        let written = String::from_utf8(written).unwrap();
        let (headers, _) = written.split_once("\r\n\r\n").unwrap();
        assert!(!headers.lines().any(|line| line.starts_with("Bcc:")), "{headers}");
        assert!(headers.contains("Message-ID: <abc@example.com>"), "{headers}");
        assert!(headers.contains("Auto-Submitted: auto-generated"), "{headers}");
    }

    #[tokio::test]
    async fn a_server_that_is_away_is_unreachable_and_bad_settings_are_told() {
        let mailer = SmtpMailer::new(&settings(&[])).unwrap();
        let sent = mailer.send(mail("ana@example.com")).await;
        assert!(matches!(sent, Err(Undelivered::Unreachable(_))), "{sent:?}");
        let bad = |server: &str, from: &str| {
            let settings = MailSettings {
                server: server.to_owned(),
                from: from.to_owned(),
                ..settings(&[])
            };
            SmtpMailer::new(&settings).unwrap_err().to_string()
        };
        assert!(!bad("http://user:secret@host", "a@b").contains("secret"));
        assert_eq!(bad("smtp://host", "nobody"), "\"nobody\" is no e-mail address");
    }
}
