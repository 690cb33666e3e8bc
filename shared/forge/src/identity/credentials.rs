//! Credentials, remembered between requests.

use std::sync::Arc;

use super::memory::RememberedCredential;
use crate::directory::credential::{self, Credential};
use crate::directory::{Generation, generation};
use crate::error::Result;
use crate::forge::Forge;

/// The active credential under `id`, with the generation of this request. Ids that nobody has are not remembered, so that
/// guessing them drives out none that somebody has.
///
/// # Errors
/// The store's.
pub(super) async fn active(forge: &Forge, id: &str) -> Result<(Generation, Option<Arc<Credential>>)> {
    let generation = generation(forge).await?;
    if let Some(known) = forge.credentials.get(id)
        && known.generation == generation
    {
        return Ok((generation, Some(known.credential)));
    }
    let Some(found) = credential::get(forge, id).await?.filter(|found| found.active) else {
        return Ok((generation, None));
    };
    let credential = Arc::new(found);
    let remembered = RememberedCredential {
        generation,
        credential: Arc::clone(&credential),
    };
    forge.credentials.insert(id.to_owned(), remembered);
    Ok((generation, Some(credential)))
}
