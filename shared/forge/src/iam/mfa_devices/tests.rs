use data_encoding::BASE32_NOPAD;
use packhouse_storage::clock;
use packhouse_storage::keys::Identity;

use super::attempt::FREE_FAILURES;
use super::*;
use crate::testing;

/// A device in somebody's hand.
struct App {
    seed: Vec<u8>,
}

impl App {
    fn of(made: &NewDevice) -> Self {
        Self {
            seed: BASE32_NOPAD.decode(made.seed.as_bytes()).unwrap(),
        }
    }

    /// The password that the app shows so many steps from now.
    fn shows(&self, later: i64) -> String {
        let step = one_time_password::step(clock::now_secs()).saturating_add_signed(later);
        one_time_password::password(&self.seed, step)
    }
}

fn name(kind: Identity, name: &str) -> IdentityName {
    IdentityName::new(kind, name).unwrap()
}

async fn make(forge: &Forge, admin: &Caller, device: &str) -> NewDevice {
    let device = name(Identity::MfaDevice, device);
    create(forge, admin, &device, &IdentityPath::default(), Vec::new())
        .await
        .unwrap()
}

/// An installation with the user `ben` and a device that is enabled for them.
async fn with_device() -> (Forge, Caller, App, String) {
    let forge = testing::forge().await;
    let admin = testing::administrator(&forge.installation().account);
    testing::make_user(&forge, "ben", None).await;
    let made = make(&forge, &admin, "phone").await;
    let (app, serial) = (App::of(&made), made.device.serial);
    let user = name(Identity::User, "ben");
    enable(&forge, &admin, &user, &serial, [&app.shows(-2), &app.shows(-1)])
        .await
        .unwrap();
    (forge, admin, app, serial)
}

async fn record_of(forge: &Forge, device: &str) -> MfaDevice {
    directory::get(forge, Identity::MfaDevice, device)
        .await
        .unwrap()
        .unwrap()
}

async fn change(forge: &Forge, device: &MfaDevice) {
    let mut change = Change::of_identities(forge);
    change.read().await.unwrap();
    assert!(change.write(vec![stored(forge, device)]).await.unwrap());
}

fn refused(result: Result<()>, why: &str) {
    let error = result.expect_err(why);
    assert!(matches!(error, Error::InvalidAuthenticationCode(_)), "{error}");
    assert!(error.to_string().contains(why), "{error}");
}

#[tokio::test]
async fn a_device_is_enabled_by_two_passwords_in_a_row() {
    let forge = testing::forge().await;
    let admin = testing::administrator(&forge.installation().account);
    testing::make_user(&forge, "ben", None).await;
    let user = name(Identity::User, "ben");
    let made = make(&forge, &admin, "phone").await;
    let account = &forge.installation().account;
    assert_eq!(made.device.serial, format!("arn:aws:iam::{account}:mfa/phone"));
    assert_eq!(made.seed.len(), 32);
    assert!(made.uri.contains(&format!("secret={}&", made.seed)), "{}", made.uri);
    assert!(!format!("{made:?}").contains(&made.seed));
    let app = App::of(&made);
    let give =
        async |first: &str, second: &str| enable(&forge, &admin, &user, &made.device.serial, [first, second]).await;
    refused(give(&app.shows(0), &app.shows(0)).await, "invalid MFA");
    refused(give(&app.shows(0), &app.shows(-1)).await, "invalid MFA");
    refused(give(&app.shows(-6), &app.shows(-5)).await, "invalid MFA");
    refused(give("12345", "123456").await, "six digits");
    refused(
        verify(&forge, "ben", &made.device.serial, &app.shows(0)).await,
        "serial number",
    );
    give(&app.shows(-1), &app.shows(0)).await.unwrap();
    let again = give(&app.shows(1), &app.shows(2)).await;
    assert!(matches!(again, Err(Error::EntityAlreadyExists { .. })));
    let deletion = delete(&forge, &admin, &made.device.serial).await;
    assert!(matches!(deletion, Err(Error::DeleteConflict(_))));
    let devices = list_of_user(&forge, &admin, &user, &Paging::default())
        .await
        .unwrap()
        .items;
    assert_eq!(devices.len(), 1);
    deactivate(&forge, &admin, &user, &made.device.serial).await.unwrap();
    refused(
        verify(&forge, "ben", &made.device.serial, &app.shows(1)).await,
        "serial number",
    );
    delete(&forge, &admin, &made.device.serial).await.unwrap();
    let gone = delete(&forge, &admin, &made.device.serial).await;
    assert!(matches!(gone, Err(Error::NoSuchEntity { .. })));
}

#[tokio::test]
async fn a_password_counts_once_and_for_its_user_alone() {
    let (forge, _, app, serial) = with_device().await;
    testing::make_user(&forge, "cleo", None).await;
    refused(
        verify(&forge, "cleo", &serial, &app.shows(0)).await,
        "associated with this user",
    );
    refused(
        verify(&forge, "ben", "arn:aws:iam::1:mfa/phone", &app.shows(0)).await,
        "serial number",
    );
    refused(
        verify(&forge, "ben", &app.shows(0), &app.shows(0)).await,
        "serial number",
    );
    let password = app.shows(0);
    verify(&forge, "ben", &serial, &password).await.unwrap();
    refused(verify(&forge, "ben", &serial, &password).await, "invalid MFA");
    refused(verify(&forge, "ben", &serial, &app.shows(-1)).await, "invalid MFA");
    verify(&forge, "ben", &serial, &app.shows(1)).await.unwrap();
}

#[tokio::test]
async fn of_two_requests_with_one_password_one_is_right() {
    let (forge, _, app, serial) = with_device().await;
    let password = app.shows(0);
    let verify = || verify(&forge, "ben", &serial, &password);
    let (first, second) = tokio::join!(verify(), verify());
    assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
}

#[tokio::test]
async fn wrong_passwords_make_everybody_wait_longer_and_longer() {
    let (forge, _, app, serial) = with_device().await;
    let wrong = || async { verify(&forge, "ben", &serial, "000000").await };
    // The right one must not be a wrong one.
    assert_ne!(app.shows(0), "000000");
    for _ in 0..FREE_FAILURES {
        refused(wrong().await, "invalid MFA");
    }
    refused(verify(&forge, "ben", &serial, &app.shows(0)).await, "Wait 1 seconds");
    let mut device = record_of(&forge, "phone").await;
    assert_eq!(device.failures, FREE_FAILURES, "what is not looked at does not count");
    for (failures, seconds) in [(5, 1), (6, 2), (8, 8), (10, 32), (11, 60), (100, 60), (u32::MAX, 60)] {
        device.failures = failures;
        device.failed_ms = clock::now_millis();
        change(&forge, &device).await;
        refused(wrong().await, &format!("Wait {seconds} seconds"));
    }
    device.failed_ms -= 61_000;
    change(&forge, &device).await;
    verify(&forge, "ben", &serial, &app.shows(0)).await.unwrap();
    assert_eq!(record_of(&forge, "phone").await.failures, 0);
}

#[tokio::test]
async fn a_clock_that_is_off_is_learned() {
    let (forge, admin, app, serial) = with_device().await;
    let user = name(Identity::User, "ben");
    refused(verify(&forge, "ben", &serial, &app.shows(20)).await, "invalid MFA");
    let give = async |at: i64| resync(&forge, &admin, &user, &serial, [&app.shows(at), &app.shows(at + 1)]).await;
    refused(give(100).await, "invalid MFA");
    give(20).await.unwrap();
    verify(&forge, "ben", &serial, &app.shows(22)).await.unwrap();
    refused(verify(&forge, "ben", &serial, &app.shows(0)).await, "invalid MFA");
}

#[tokio::test]
async fn devices_are_listed_by_whether_somebody_has_them() {
    let (forge, admin, _, serial) = with_device().await;
    let spare = make(&forge, &admin, "spare").await.device.serial;
    for (assignment, expect) in [
        (Assignment::Any, vec![&serial, &spare]),
        (Assignment::Assigned, vec![&serial]),
        (Assignment::Unassigned, vec![&spare]),
    ] {
        let found = list(&forge, &admin, assignment, &Paging::default())
            .await
            .unwrap()
            .items;
        assert_eq!(found.iter().map(|device| &device.serial).collect::<Vec<_>>(), expect);
        for device in found {
            let user = device.enabled.map(|(user, _)| user.name);
            assert_eq!(user.as_deref(), (device.serial == serial).then_some("ben"));
        }
    }
    let device = name(Identity::MfaDevice, "SPARE");
    let twice = create(&forge, &admin, &device, &IdentityPath::default(), Vec::new()).await;
    assert!(matches!(twice, Err(Error::EntityAlreadyExists { .. })));
}
