//! What is remembered between requests, each with the generation that it was read at.

use std::sync::Arc;

use super::principal::{Principal, Proven};
use crate::directory::credential::stored::Credential;
use crate::directory::generation::Generation;

/// A principal as it was loaded at a generation.
#[derive(Clone, Debug)]
pub(crate) struct Remembered {
    pub(super) generation: Generation,
    pub(super) proven: Proven,
    pub(super) principal: Arc<Principal>,
}

/// A credential as it was read at a generation.
#[derive(Clone, Debug)]
pub(crate) struct RememberedCredential {
    pub(super) generation: Generation,
    pub(super) credential: Arc<Credential>,
}
