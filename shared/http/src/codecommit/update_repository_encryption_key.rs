//! `UpdateRepositoryEncryptionKey`.

use packhouse_forge::encryption_keys::DEFAULT;
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::refusal::Refusal;
use packhouse_forge::repositories;
use serde::{Deserialize, Serialize};

use crate::aws_json::Answer;
use crate::aws_json::input::{answer, needed, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    repository_name: Option<String>,
    kms_key_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    repository_id: String,
    kms_key_id: String,
    original_kms_key_id: String,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    let key = input.kms_key_id.filter(|key| !key.is_empty());
    let key = needed(key, Refusal::EncryptionKeyRequired)?;
    let done = repositories::set_encryption_key(forge, caller, &name, key).await?;
    let named = |key: Option<String>| key.unwrap_or_else(|| DEFAULT.to_owned());
    answer(&Output {
        repository_id: done.id.to_string(),
        kms_key_id: named(done.kms_key),
        original_kms_key_id: named(done.original),
    })
}
