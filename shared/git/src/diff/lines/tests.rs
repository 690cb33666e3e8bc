mod differential;

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

fn diff<'a>(before: &'a str, after: &'a str, ignore_whitespace: bool) -> LineDiff<'a> {
    LineDiff::new(before.as_bytes(), after.as_bytes(), ignore_whitespace).unwrap()
}

/// The hunks as git writes them into patches.
fn patch(diff: &LineDiff<'_>, context: usize) -> String {
    let mut out = String::new();
    let range = |start: usize, count: usize| match count {
        1 => start.to_string(),
        _ => format!("{start},{count}"),
    };
    for hunk in diff.hunks(context, usize::MAX) {
        let before = range(hunk.before_start, hunk.before_count);
        let after = range(hunk.after_start, hunk.after_count);
        writeln!(out, "@@ -{before} +{after} @@").unwrap();
        for line in diff.lines(&hunk) {
            let sign = match line.change {
                LineChange::Context => ' ',
                LineChange::Added => '+',
                LineChange::Deleted => '-',
            };
            writeln!(out, "{sign}{}", String::from_utf8_lossy(line.content)).unwrap();
            if !line.has_newline {
                out.push_str("\\ No newline at end of file\n");
            }
        }
    }
    out
}

#[test]
fn files_are_binary_by_a_nul_near_their_start() {
    let text = vec![b'a'; 9000];
    assert!(!is_binary(&text));
    assert!(!is_binary(b""));
    for (at, expect) in [(0, true), (7999, true), (8000, false)] {
        let mut data = text.clone();
        data[at] = 0;
        assert_eq!(is_binary(&data), expect, "{at}");
    }
}

#[test]
fn lines_have_the_numbers_of_the_files_that_they_are_in() {
    let diff = diff("a\nb\nc\n", "a\nx\ny\nc\n", false);
    let hunks = diff.hunks(1, usize::MAX);
    let lines: Vec<_> = diff
        .lines(&hunks[0])
        .map(|line| (line.before, line.after, line.content))
        .collect();
    let expected: [(Option<usize>, Option<usize>, &[u8]); 5] = [
        (Some(1), Some(1), b"a"),
        (Some(2), None, b"b"),
        (None, Some(2), b"x"),
        (None, Some(3), b"y"),
        (Some(3), Some(4), b"c"),
    ];
    assert_eq!(lines, expected);
    assert_eq!(diff.counts(), (1, 2));
}

#[test]
fn a_file_that_is_new_is_one_hunk_of_additions() {
    let diff = diff("", "a\nb", false);
    assert_eq!(
        patch(&diff, 3),
        "@@ -0,0 +1,2 @@\n+a\n+b\n\\ No newline at end of file\n"
    );
    assert!(self::diff("", "", false).is_empty());
    assert!(self::diff("a\n", "a\n", false).hunks(3, 9).is_empty());
}

#[test]
fn long_hunks_are_cut_into_pieces_that_follow_each_other() {
    let before: String = (0..10).map(|line| format!("a{line}\n")).collect();
    let after: String = (0..12).map(|line| format!("b{line}\n")).collect();
    let (before, after) = (format!("top\n{before}end\n"), format!("top\n{after}end\n"));
    let diff = diff(&before, &after, false);
    let ranges: Vec<_> = diff
        .hunks(1, 9)
        .iter()
        .map(|hunk| (hunk.before_start, hunk.before_count, hunk.after_start, hunk.after_count))
        .collect();
    assert_eq!(ranges, [(1, 9, 1, 1), (10, 2, 2, 7), (12, 1, 9, 6)]);
    let whole: Vec<_> = diff.hunks(1, 100).iter().flat_map(|hunk| diff.lines(hunk)).collect();
    let cut: Vec<_> = diff.hunks(1, 9).iter().flat_map(|hunk| diff.lines(hunk)).collect();
    assert_eq!(cut, whole);
}

#[test]
fn files_above_the_limits_are_refused() {
    let long = vec![b'a'; MAX_BYTES + 1];
    assert!(LineDiff::new(b"", &long, false).is_err());
    assert!(LineDiff::new(b"", &long[1..], false).is_ok());
    let lines = "\n".repeat(MAX_LINES + 1);
    assert!(LineDiff::new(lines.as_bytes(), b"", true).is_err());
    assert!(LineDiff::new(&lines.as_bytes()[1..], b"", true).is_ok());
}

/// A text of few different lines, some indented, with or without a newline at its end.
fn any_text() -> impl Strategy<Value = String> {
    let line = prop_oneof!["[ab]?", "[ \t]{0,2}[ab{}]?[ \r\x0c]?", "[a-d]{2}"];
    (prop::collection::vec(line, 0..14), any::<bool>()).prop_map(|(lines, ends)| {
        let mut text = lines.join("\n");
        if ends && !text.is_empty() {
            text.push('\n');
        }
        text
    })
}

/// Two texts with lines in common.
fn any_pair() -> impl Strategy<Value = (String, String)> {
    let cuts = prop::collection::vec((any::<prop::sample::Index>(), 0usize..3, any_text()), 0..4);
    let edited = (any_text(), cuts).prop_map(|(text, cuts)| {
        let mut lines: Vec<String> = text.split_inclusive('\n').map(Into::into).collect();
        for (at, removed, added) in cuts {
            let at = at.index(lines.len() + 1);
            let end = (at + removed).min(lines.len());
            lines.splice(at..end, added.split_inclusive('\n').take(4).map(Into::into));
        }
        (text, lines.concat())
    });
    prop_oneof![3 => edited, 1 => (any_text(), any_text())]
}

proptest! {
    #[test]
    fn what_is_kept_and_added_makes_the_file_after((before, after) in any_pair(), context in 0usize..4, longest in 1usize..9) {
        let diff = diff(&before, &after, false);
        let mut old = File::new(before.as_bytes()).unwrap().lines().map(<[u8]>::to_vec).collect::<Vec<_>>().into_iter();
        let mut result: Vec<u8> = Vec::new();
        let mut at = 0;
        for hunk in diff.hunks(context, longest) {
            prop_assert!(diff.lines(&hunk).count() <= longest);
            for line in diff.lines(&hunk) {
                let mut text = line.content.to_vec();
                text.extend(line.has_newline.then_some(b'\n'));
                while line.before.is_some_and(|number| at + 1 < number) {
                    result.extend(old.next().unwrap());
                    at += 1;
                }
                if line.before.is_none() {
                    // Lines between hunks without context come before what is added.
                    while at < hunk.before_start.max(1) - usize::from(hunk.before_count > 0) && hunk.before_start > at {
                        result.extend(old.next().unwrap());
                        at += 1;
                    }
                }
                if line.before.is_some() {
                    prop_assert_eq!(&old.next().unwrap(), &text);
                    at += 1;
                }
                if line.after.is_some() {
                    result.extend(text);
                }
            }
        }
        result.extend(old.flatten());
        prop_assert_eq!(String::from_utf8(result).unwrap(), after);
    }
}
