//! Others that are reached over the network: those who vouch for callers from elsewhere, issuers of ID tokens and AWS STS, and those
//! who are told, webhooks and people by e-mail.
//!
//! The adapters of [`packhouse_forge::sts::federation`]'s ports, of webhooks and of mails. Knows no store, no role and no permission. All
//! that it asks for is bounded in time and size, follows no redirect, and goes only to where it was let: the issuers that an
//! administrator registered, STS, and what triggers name, within a [`Reach`]. Start at [`OpenIdIssuers`], [`AwsSts`],
//! [`HttpWebhooks`] and [`SmtpMailer`].

mod aws_sts;
mod client;
mod open_id;
mod presigned;
mod smtp;
mod webhooks;

pub use self::aws_sts::AwsSts;
pub use self::open_id::OpenIdIssuers;
pub use self::smtp::{BadMailSettings, MailSettings, SmtpMailer};
pub use self::webhooks::{HttpWebhooks, Reach};

/// Whether what is logged under that target, below the level `info`, may hold the URLs that are asked for. A request that
/// somebody has signed for STS is one, and as good as a key for minutes: whoever writes a log leaves those out of it.
#[must_use]
pub fn logs_urls(target: &str) -> bool {
    target.starts_with("ureq")
}
