//! How clients are known.

use clap::Args;
use packhouse_forge::names::Region;
use packhouse_http::auth::Callers;

use super::public_url;

#[derive(Debug, Args)]
pub(crate) struct CallerOptions {
    /// How many proxies stand in front; believed is what they say in X-Forwarded-For and X-Forwarded-Proto
    ///
    /// Each of them must add the address that it sees to X-Forwarded-For, the first must set the other one, and nobody
    /// may reach the server past them. Without it, all clients behind a proxy count as one, under the proxy's address.
    #[arg(long, env = "PACKHOUSE_TRUSTED_PROXIES", default_value = "0", value_name = "COUNT")]
    pub(crate) trusted_proxies: u8,

    /// Another region that `aws codecommit credential-helper` and git-remote-codecommit may sign for; may be repeated
    ///
    /// Clients sign for the region that they are set to, whatever the host. With none given, that has to be the server's.
    #[arg(
        long = "signing-region",
        env = "PACKHOUSE_SIGNING_REGIONS",
        value_delimiter = ',',
        value_name = "NAME",
        value_parser = Region::new
    )]
    pub(crate) signing_regions: Vec<Region>,

    /// Another STS than AWS's that is believed when it says who somebody is at AWS (`packhouse login --aws`), such as an emulator's
    #[arg(long, env = "PACKHOUSE_STS_URL", value_name = "URL", value_parser = public_url)]
    pub(crate) sts_url: Option<String>,
}

impl CallerOptions {
    /// What the routes take.
    pub(crate) fn callers(self) -> Callers {
        Callers {
            trusted_proxies: self.trusted_proxies.into(),
            signing_regions: self.signing_regions.into(),
            ..Callers::default()
        }
    }
}
