use super::*;

async fn relax(forge: &Forge, rules: &[&str]) -> Result<Vec<String>> {
    let rules: Vec<String> = rules.iter().map(ToString::to_string).collect();
    relax_fsck(forge, &caller(forge), &name("old"), &rules).await
}

#[tokio::test]
async fn rules_are_relaxed_and_enforced_again() {
    let forge = forge().await;
    make(&forge, "old").await;
    let rows: &[(&[&str], &[&str])] = &[
        (&["ZEROPADDEDFILEMODE", "zeroPaddedFilemode"], &["zeroPaddedFilemode"]),
        (&["missingEmail"], &["missingEmail"]),
        (&[], &[]),
    ];
    for (asked, expected) in rows {
        assert_eq!(relax(&forge, asked).await.unwrap(), *expected);
        let inside = inspect(&forge, &caller(&forge), &name("old")).await.unwrap();
        assert_eq!(inside.relaxed, *expected);
        assert_eq!((inside.refs, inside.packs, inside.bytes), (0, 0, 0));
    }
}

#[tokio::test]
async fn rules_that_cannot_be_relaxed_change_nothing() {
    let forge = forge().await;
    make(&forge, "old").await;
    relax(&forge, &["missingEmail"]).await.unwrap();
    for (rule, why) in [("nothing", "no fsck rule is named"), ("badTree", "cannot be relaxed")] {
        let refused = relax(&forge, &["zeroPaddedFilemode", rule]).await.unwrap_err();
        assert!(matches!(refused, Error::InvalidFsckRule(_)), "{refused}");
        assert!(refused.to_string().contains(why), "{refused}");
    }
    let inside = inspect(&forge, &caller(&forge), &name("old")).await.unwrap();
    assert_eq!(inside.relaxed, ["missingEmail"]);
}
