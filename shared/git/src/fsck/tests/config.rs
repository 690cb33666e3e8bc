use proptest::prelude::*;

use crate::fsck::config::{Malformed, Reader};

/// Each setting as `section|key=value`, and `!` where the file is malformed.
fn read(file: &[u8]) -> String {
    let mut reader = Reader::new(file);
    let mut seen = Vec::new();
    loop {
        match reader.next() {
            Ok(Some(setting)) => {
                let value = setting
                    .value
                    .map_or(String::new(), |value| format!("={}", value.escape_ascii()));
                let first = if setting.is_first { "^" } else { "" };
                seen.push(format!(
                    "{first}{}|{}{value}",
                    setting.section.escape_ascii(),
                    setting.key.escape_ascii()
                ));
            }
            Ok(None) => break,
            Err(Malformed) => {
                seen.push("!".into());
                break;
            }
        }
    }
    seen.join(" ")
}

#[test]
fn files_read_as_git_config_reads_them() {
    let rows: &[(&str, &str)] = &[
        ("", ""),
        ("# a\n; b", ""),
        ("[a]", ""),
        ("[A.B-1]\nKey=V", "^a.b-1|key=V"),
        ("[a \"B c\"]\nk = v\nl\n[b]m=1", "^a.B c|k=v a.B c|l ^b|m=1"),
        ("[a] k = v", "^a|k=v"),
        ("[a]k=v\n[a]l=w", "^a|k=v ^a|l=w"),
        ("k = v", "^|k=v"),
        ("\u{feff}[a]k=", "^a|k="),
        ("[a \"\\\"\\\\\\n\"]k=v", "^a.\\\"\\\\n|k=v"),
        ("[a \"\"]k=v", "^a.|k=v"),
        ("[a]k =  x  y \t\n", "^a|k=x  y"),
        ("[a]k = \" x \" ; c", "^a|k= x "),
        ("[a]k = x#c", "^a|k=x"),
        ("[a]k = x \"\"\n", "^a|k=x "),
        ("[a]k = \"a#b;c\"", "^a|k=a#b;c"),
        ("[a]k = a\\\n b\nl=1", "^a|k=a b a|l=1"),
        ("[a]k = \\t\\n\\b\\\\\\\"", "^a|k=\\t\\n\\x08\\\\\\\""),
        ("[a]\r\nk = v\r\nl\r\n", "^a|k=v a|l"),
        ("[a]k = v\\", "^a|k=v"),
        ("[a]k = x\ry", "^a|k=x\\ry"),
        ("[a]k = \"x", "!"),
        ("[a]k = \"x\ny\"", "!"),
        ("[a]k = \\x", "!"),
        ("[a]k v", "!"),
        ("[a]k\rv", "!"),
        ("[]", "!"),
        ("[a", "!"),
        ("[a\n]", "!"),
        ("[a_b]", "!"),
        ("[a b]", "!"),
        ("[a \"b]", "!"),
        ("[a \"b\n\"]", "!"),
        ("[a \"b\\\n\"]", "!"),
        ("[a \"b\" ]", "!"),
        ("[a]1 = 2", "!"),
        ("\u{feff}\u{feff}", "!"),
        ("[a]k=v\n?\nl=w", "^a|k=v !"),
    ];
    for (file, expect) in rows {
        assert_eq!(read(file.as_bytes()), *expect, "{file:?}");
    }
    assert_eq!(read(b"\xef\xbb[a]k=v"), "!");
    assert_eq!(read(b"[a]k=x\0y"), "^a|k=x\\x00y");
}

proptest! {
    #[test]
    fn any_bytes_are_read_to_an_end(file in prop::collection::vec(any::<u8>(), 0..200)) {
        read(&file);
    }

    #[test]
    fn a_quoted_value_comes_back(value in "[ -~\t\n\u{80}-\u{200}]{0,20}", section in "[ -~\u{80}-\u{200}]{0,20}") {
        let quote = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let file = format!("[submodule \"{}\"]\n\turl = \"{}\"\n", quote(&section), quote(&value));
        let mut reader = Reader::new(file.as_bytes());
        let setting = reader.next().unwrap().unwrap();
        let name = setting.section.strip_prefix(b"submodule.");
        prop_assert_eq!(name, Some(section.as_bytes()));
        prop_assert_eq!(setting.value, Some(value.as_bytes()));
        prop_assert_eq!(reader.next(), Ok(None));
    }
}
