//! The one home of random ids.

/// A fresh ULID: 26 characters, sortable by time, never handed out twice.
#[must_use]
pub fn ulid() -> String {
    #[expect(clippy::disallowed_methods, reason = "this is the home that the ban points to")]
    let id = ulid::Ulid::generate();
    id.to_string()
}

/// A fresh random UUID in its hyphenated lower-case form.
#[must_use]
pub fn uuid() -> String {
    #[expect(clippy::disallowed_methods, reason = "this is the home that the ban points to")]
    let id = uuid::Uuid::new_v4();
    id.to_string()
}
