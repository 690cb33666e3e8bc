//! Installations over the stores in memory, and callers for tests.

mod schemas;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use packhouse_storage::blobs::presigned::Signer;
use packhouse_storage::keys::Identity;
use packhouse_storage::limits::Limits;
use packhouse_storage::memory::{MemoryBlobs, MemoryTable};
use packhouse_storage::store::Store;
use packhouse_storage::table::Table;

use crate::directory::names::{IdentityName, IdentityPath};
use crate::events::{BusError, DetailType, Event, EventBus, Refused};
use crate::forge::Forge;
use crate::iam;
use crate::identity::{Caller, Principal, Proven, Source, Who};
use crate::installation;
use crate::jobs::{Jobs, Queue};
use crate::master_key::MasterKey;
use crate::names::AccountId;
use crate::policy::{Document, Kind, Permissions, Policy};
use crate::relay;

use self::schemas::check_event;
pub(crate) use self::schemas::{check_envelope, check_message, envelope};

/// A document that allows everything.
pub(crate) const EVERYTHING: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// A new installation.
pub(crate) async fn forge() -> Forge {
    forge_over(Arc::new(MemoryTable::default())).await
}

/// An installation in that table.
pub(crate) async fn forge_over(table: Arc<dyn Table>) -> Forge {
    forge_with(table, Arc::new(Queue::default())).await
}

/// The same, with somewhere for its jobs to go.
pub(crate) async fn forge_with(table: Arc<dyn Table>, jobs: Arc<dyn Jobs>) -> Forge {
    let blobs = Arc::new(MemoryBlobs::new(Signer::new(&[7; 32])));
    let key = MasterKey::new([1; 32]);
    let installation = installation::open(&*table, None, None, &key).await.unwrap();
    let store = Store::new(table, blobs, std::env::temp_dir(), Limits::default());
    Forge::new(store, installation, Arc::new(key), jobs, "http://[::1]:8080/")
}

/// Another process on the same installation, which reaches the table another way.
pub(crate) fn again(forge: &Forge, table: Arc<dyn Table>) -> Forge {
    let store = Store::new(
        table,
        Arc::clone(forge.store().blobs()),
        std::env::temp_dir(),
        Limits::default(),
    );
    let key = Arc::new(MasterKey::new([1; 32]));
    let installation = forge.installation().clone();
    Forge::new(
        store,
        installation,
        key,
        Arc::new(Queue::default()),
        "http://[::1]:8080/",
    )
}

/// The user `ana`, who may do everything in that account.
pub(crate) fn administrator(account: &AccountId) -> Caller {
    user(account, EVERYTHING)
}

/// The user `ana` with that policy alone.
pub(crate) fn user(account: &AccountId, policy: &str) -> Caller {
    let (name, id) = ("ana".to_owned(), "AIDA1".to_owned());
    let arn = format!("arn:aws:iam::{account}:user/{name}");
    let document = Document::parse(policy, Kind::Identity).unwrap();
    let permissions = Permissions {
        identity: vec![Policy {
            name: "the inline policy test of user ana".into(),
            document: Arc::new(document),
        }],
        boundary: None,
        session: None,
    };
    let principal = Principal {
        principal_arn: arn.clone(),
        arn,
        user_id: id.clone(),
        name: name.clone(),
        account: account.clone(),
        proven: Proven {
            credential: "AKIA1".into(),
            who: Who::User { name, id },
        },
        tags: BTreeMap::new(),
        permissions,
    };
    Caller {
        principal: Arc::new(principal),
        request_id: "1".into(),
        source: Source::default(),
    }
}

/// A bus that keeps what it takes, which has to be what `events/schemas/` says.
#[derive(Debug, Default)]
pub(crate) struct Recorder(Mutex<Vec<Event>>);

#[async_trait]
impl EventBus for Recorder {
    async fn publish(&self, events: &[Event]) -> Result<Vec<Refused>, BusError> {
        events.iter().for_each(check_event);
        self.0.lock().unwrap().extend_from_slice(events);
        Ok(Vec::new())
    }
}

/// Empties the outbox: what it told.
pub(crate) async fn events(forge: &Forge) -> Vec<Event> {
    let bus = Recorder::default();
    let swept = relay::sweep(forge, &bus, Duration::ZERO, Duration::MAX).await;
    assert_eq!(swept.failed, 0);
    bus.0.into_inner().unwrap()
}

/// The same but for changes of refs.
pub(crate) async fn told(forge: &Forge) -> Vec<Event> {
    let mut events = events(forge).await;
    events.retain(|event| event.detail_type != DetailType::Repository);
    events
}

/// Makes a user with that policy, and answers how they call with an access key of theirs.
pub(crate) async fn make_user(forge: &Forge, name: &str, policy: Option<&str>) -> Caller {
    let administrator = administrator(&forge.installation().account);
    let name = IdentityName::new(Identity::User, name).unwrap();
    let new = iam::users::New {
        name: name.clone(),
        path: IdentityPath::default(),
        boundary: None,
        tags: Vec::new(),
    };
    iam::users::create(forge, &administrator, new).await.unwrap();
    if let Some(policy) = policy {
        let inline = IdentityName::new(Identity::Policy, "test").unwrap();
        let whom = (iam::Holder::User, &name);
        iam::inline_policies::put(forge, &administrator, whom, (&inline, policy))
            .await
            .unwrap();
    }
    let made = iam::access_keys::create(forge, &administrator, &name).await.unwrap();
    calling(forge, &made.key.id, None).await.unwrap()
}

/// Who calls with an access key, in the present state of things; `None` when the key is not good.
pub(crate) async fn calling(forge: &Forge, key: &str, token: Option<&str>) -> Option<Caller> {
    let key = crate::identity::access_keys::find(forge, key, token).await.unwrap()?;
    Some(Caller {
        principal: key.principal(forge).await.unwrap()?,
        request_id: "1".into(),
        source: Source::default(),
    })
}
