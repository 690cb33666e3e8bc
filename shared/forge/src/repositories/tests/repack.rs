use super::*;

#[tokio::test]
async fn a_repack_is_asked_for_where_there_is_something_to_pack() {
    let forge = forge().await;
    make(&forge, "old").await;
    repack(&forge, &caller(&forge), &name("old"), true).await.unwrap();
    let inside = inspect(&forge, &caller(&forge), &name("old")).await.unwrap();
    assert!(!inside.repack_pending, "nothing was pushed yet");
    let refused = repack(&forge, &caller(&forge), &name("none"), false).await.unwrap_err();
    assert!(matches!(refused, Error::RepositoryDoesNotExist(_)), "{refused}");
}
