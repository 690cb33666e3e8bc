//! Pull requests follow pushes though nobody looks at them.

use super::follow::follow;
use crate::forge::Forge;
use crate::jobs::Queue;

/// Lets the pull requests of the repositories in `queue` follow, one repository at a time. Runs until it is dropped; what
/// is left then, and what fails, is done when somebody looks at the pull requests, or after the next push.
pub async fn follow_pushes(forge: &Forge, queue: &Queue) {
    loop {
        let id = queue.next_moved().await;
        if let Err(error) = follow(forge, &id).await {
            tracing::warn!(repository = %id, %error, "pull requests could not follow a push; the next look does it");
        }
    }
}
