use tokio::time::advance;

use super::*;

const ATTACKER: &str = "203.0.113.9";
const OWNER: &str = "198.51.100.1";

fn fail(throttle: &Throttle, ip: &str, credential: &str) -> Result<(), Throttled> {
    let attempt = throttle.attempt(Some(ip.parse().unwrap()), credential)?;
    attempt.failed();
    Ok(())
}

fn succeed(throttle: &Throttle, ip: &str, credential: &str) -> Result<(), Throttled> {
    let attempt = throttle.attempt(Some(ip.parse().unwrap()), credential)?;
    attempt.succeeded();
    Ok(())
}

async fn pass(seconds: u64) {
    advance(Duration::from_secs(seconds)).await;
}

/// Fails until held up; how often that took.
fn exhaust(throttle: &Throttle, ip: &str, credential: impl Fn(u32) -> String) -> u32 {
    (0..).find(|at| fail(throttle, ip, &credential(*at)).is_err()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn each_failure_after_the_free_ones_doubles_the_wait() {
    let throttle = Throttle::default();
    assert_eq!(exhaust(&throttle, ATTACKER, |_| "ana".into()), FREE_OF_PAIR);
    for seconds in [1, 2, 4, 8, 16, 32, 64, 64, 64] {
        assert_eq!(fail(&throttle, ATTACKER, "ana"), Err(Throttled { seconds }));
        pass(seconds - 1).await;
        assert_eq!(fail(&throttle, ATTACKER, "ana"), Err(Throttled { seconds: 1 }));
        pass(1).await;
        assert_eq!(fail(&throttle, ATTACKER, "ana"), Ok(()));
    }
}

#[tokio::test(start_paused = true)]
async fn tries_that_are_held_up_do_not_lengthen_the_wait() {
    let throttle = Throttle::default();
    exhaust(&throttle, ATTACKER, |_| "ana".into());
    for _ in 0..1000 {
        assert_eq!(fail(&throttle, ATTACKER, "ana"), Err(Throttled { seconds: 1 }));
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_is_held_up_for_another_source() {
    let throttle = Throttle::default();
    exhaust(&throttle, ATTACKER, |_| "ana".into());
    exhaust(&throttle, ATTACKER, |at| format!("guess-{at}"));
    assert_eq!(succeed(&throttle, OWNER, "ana"), Ok(()));
    assert!(succeed(&throttle, ATTACKER, "ana").is_err());
}

#[tokio::test(start_paused = true)]
async fn guessing_names_is_bounded_for_a_source() {
    let throttle = Throttle::default();
    assert_eq!(exhaust(&throttle, ATTACKER, |at| format!("guess-{at}")), FREE_OF_ALL);
    pass(1).await;
    assert_eq!(fail(&throttle, ATTACKER, "another"), Ok(()));
    assert_eq!(fail(&throttle, ATTACKER, "one more"), Err(Throttled { seconds: 2 }));
}

#[tokio::test(start_paused = true)]
async fn who_has_proven_a_credential_is_not_held_up_for_what_neighbours_try_with_others() {
    let throttle = Throttle::default();
    assert_eq!(succeed(&throttle, ATTACKER, "ana"), Ok(()));
    exhaust(&throttle, ATTACKER, |at| format!("guess-{at}"));
    assert_eq!(succeed(&throttle, ATTACKER, "ana"), Ok(()));
    assert!(succeed(&throttle, ATTACKER, "ben").is_err());
}

#[tokio::test(start_paused = true)]
async fn a_success_forgives_failures_of_the_same_credential_only() {
    let throttle = Throttle::default();
    for at in 0..FREE_OF_ALL / 4 {
        for _ in 0..4 {
            assert_eq!(fail(&throttle, ATTACKER, "ana"), Ok(()), "{at}");
        }
        assert_eq!(succeed(&throttle, ATTACKER, "ana"), Ok(()), "{at}");
    }
    assert!(fail(&throttle, ATTACKER, "ben").is_err(), "failures of the source stay");
}

#[tokio::test(start_paused = true)]
async fn failures_are_forgotten() {
    let throttle = Throttle::default();
    exhaust(&throttle, ATTACKER, |_| "ana".into());
    advance(FORGOTTEN).await;
    assert_eq!(exhaust(&throttle, ATTACKER, |_| "ana".into()), FREE_OF_PAIR);
}

#[tokio::test(start_paused = true)]
async fn a_network_of_version_6_is_one_source() {
    let throttle = Throttle::default();
    let address = |at: u32| format!("2001:db8:0:1::{at:x}");
    let count = (1..).find(|at| fail(&throttle, &address(*at), "ana").is_err()).unwrap();
    assert_eq!(count, FREE_OF_PAIR + 1);
    assert_eq!(succeed(&throttle, "2001:db8:0:2::1", "ana"), Ok(()));
    let mapped = exhaust(&throttle, "::ffff:203.0.113.9", |_| "ana".into());
    assert_eq!(mapped, FREE_OF_PAIR);
    assert!(
        fail(&throttle, ATTACKER, "ana").is_err(),
        "the same address in its other form"
    );
}

#[tokio::test(start_paused = true)]
async fn this_machine_is_not_held_up() {
    let throttle = Throttle::default();
    for ip in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
        for _ in 0..10 * FREE_OF_ALL {
            assert_eq!(fail(&throttle, ip, "ana"), Ok(()));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn memory_is_bounded() {
    let throttle = Throttle::default();
    for at in 0..4 * u32::try_from(REMEMBERED).unwrap() {
        let ip = std::net::Ipv4Addr::from_bits(0x0b00_0000 + at);
        throttle.attempt(Some(ip.into()), "ana").unwrap().failed();
    }
    let Memory { pairs, totals, .. } = &*throttle.0;
    assert!(pairs.len() <= REMEMBERED && totals.len() <= REMEMBERED);
}
