use proptest::prelude::*;

use super::*;

fn sparse(name: &str) -> Filter {
    Filter::SparseOid(name.as_bytes().to_vec())
}

#[test]
fn specs_mean_what_they_mean_to_git() {
    let rows: &[(&str, Filter)] = &[
        ("blob:none", Filter::BlobNone),
        ("blob:limit=0", Filter::BlobLimit(0)),
        ("blob:limit=10", Filter::BlobLimit(10)),
        ("blob:limit=1k", Filter::BlobLimit(1024)),
        ("blob:limit=2M", Filter::BlobLimit(2 << 20)),
        ("blob:limit=3g", Filter::BlobLimit(3 << 30)),
        ("blob:limit=0x10", Filter::BlobLimit(16)),
        ("tree:0", Filter::TreeDepth(0)),
        ("tree:1k", Filter::TreeDepth(1024)),
        ("object:type=commit", Filter::ObjectType(Kind::Commit)),
        ("object:type=tag", Filter::ObjectType(Kind::Tag)),
        ("sparse:oid=main:.sparse", sparse("main:.sparse")),
        ("sparse:oid=", sparse("")),
        ("combine:blob:none", Filter::Combine(vec![Filter::BlobNone])),
        (
            "combine:blob:none+tree:3",
            Filter::Combine(vec![Filter::BlobNone, Filter::TreeDepth(3)]),
        ),
        (
            "combine:blob:none++tree:3+",
            Filter::Combine(vec![Filter::BlobNone, Filter::TreeDepth(3)]),
        ),
        ("combine:+", Filter::Combine(vec![])),
        (
            "combine:tree%3A2+blob%3anone",
            Filter::Combine(vec![Filter::TreeDepth(2), Filter::BlobNone]),
        ),
        (
            "combine:sparse:oid=a%20b%2bc%25",
            Filter::Combine(vec![sparse("a b+c%")]),
        ),
        ("combine:sparse:oid=%zz%4%00", Filter::Combine(vec![sparse("%zz%4%00")])),
        ("combine:combine:tree:1%2btree:2", {
            Filter::Combine(vec![Filter::Combine(vec![Filter::TreeDepth(1), Filter::TreeDepth(2)])])
        }),
    ];
    for (spec, expected) in rows {
        assert_eq!(Filter::parse(spec.as_bytes()).as_ref(), Ok(expected), "{spec}");
    }
}

#[test]
fn refusals_have_the_words_of_git() {
    let rows: &[(&[u8], &str)] = &[
        (b"", "invalid filter-spec ''"),
        (b"bogus", "invalid filter-spec 'bogus'"),
        (b"auto", "invalid filter-spec 'auto'"),
        (b"blob:none ", "invalid filter-spec 'blob:none '"),
        (b"blob:limit=", "invalid filter-spec 'blob:limit='"),
        (b"blob:limit=-1", "invalid filter-spec 'blob:limit=-1'"),
        (b"blob:limit=1t", "invalid filter-spec 'blob:limit=1t'"),
        (
            b"blob:limit=99999999999999999999",
            "invalid filter-spec 'blob:limit=99999999999999999999'",
        ),
        (b"tree:", "expected 'tree:<depth>'"),
        (b"tree:x", "expected 'tree:<depth>'"),
        (b"tree:-1", "expected 'tree:<depth>'"),
        (
            b"object:type=",
            "'' for 'object:type=<type>' is not a valid object type",
        ),
        (
            b"object:type=Blob",
            "'Blob' for 'object:type=<type>' is not a valid object type",
        ),
        (b"sparse:path=x", "sparse:path filters support has been dropped"),
        (b"sparse:oid=a\0b", r"invalid filter-spec 'sparse:oid=a\x00b'"),
        (b"combine:", "expected something after combine:"),
        (b"combine:a b", "must escape char in sub-filter-spec: ' '"),
        (
            b"combine:blob:none+sparse:oid=~",
            "must escape char in sub-filter-spec: '~'",
        ),
        (
            b"combine:sparse:oid=\xc3\xa4",
            r"must escape char in sub-filter-spec: '\xc3'",
        ),
        (b"combine:blob:none+x", "invalid filter-spec 'x'"),
        (b"combine:combine:", "expected something after combine:"),
    ];
    for (spec, expected) in rows {
        let error = Filter::parse(spec).unwrap_err();
        assert_eq!(error.to_string(), *expected, "{}", spec.escape_ascii());
    }
}

#[test]
fn nesting_is_bounded() {
    let spec = |depth: usize| "combine:".repeat(depth) + "tree:1";
    assert!(Filter::parse(spec(MAX_NESTING).as_bytes()).is_ok());
    assert_eq!(Filter::parse(spec(MAX_NESTING + 1).as_bytes()), Err(Error::Nesting));
    assert_eq!(Filter::parse(spec(8000).as_bytes()), Err(Error::Nesting));
}

#[test]
fn errors_quote_no_more_than_a_glance() {
    let error = Filter::parse(&[0; 60_000]).unwrap_err();
    assert!(error.to_string().len() < 1000);
}

#[test]
fn parts_are_the_leaves() {
    let filter = Filter::parse(b"combine:tree:1+combine:blob:none%2bsparse:oid=x+combine:%2b").unwrap();
    let names: Vec<_> = filter.parts().into_iter().map(Filter::config_name).collect();
    assert_eq!(names, ["tree", "blob:none", "sparse:oid"]);
    assert_eq!(filter.config_name(), "combine");
    assert_eq!(Filter::BlobNone.parts(), [&Filter::BlobNone]);
}

fn any_filter() -> impl Strategy<Value = Filter> {
    let kinds = prop_oneof![Just(Kind::Commit), Just(Kind::Tree), Just(Kind::Blob), Just(Kind::Tag)];
    let leaf = prop_oneof![
        Just(Filter::BlobNone),
        any::<u64>().prop_map(Filter::BlobLimit),
        any::<u64>().prop_map(Filter::TreeDepth),
        kinds.prop_map(Filter::ObjectType),
        proptest::collection::vec(1u8.., 0..20).prop_map(Filter::SparseOid),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        proptest::collection::vec(inner, 0..3).prop_map(Filter::Combine)
    })
}

proptest! {
    #[test]
    fn a_spec_reads_back(filter in any_filter()) {
        prop_assert_eq!(Filter::parse(&filter.spec()), Ok(filter.clone()));
        if filter.spec().iter().all(|byte| matches!(byte, b' '..=b'~')) {
            prop_assert_eq!(Filter::parse(filter.to_string().as_bytes()), Ok(filter));
        }
    }

    #[test]
    fn any_bytes_are_a_filter_or_an_error(
        head in "(combine:|sparse:oid=|tree:|blob:limit=)?",
        tail in proptest::collection::vec(any::<u8>(), 0..60),
    ) {
        let spec = [head.as_bytes(), &tail].concat();
        if let Ok(filter) = Filter::parse(&spec) {
            prop_assert_eq!(Filter::parse(&filter.spec()), Ok(filter));
        }
    }
}
