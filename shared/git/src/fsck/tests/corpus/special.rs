use super::Case;
use crate::fsck::Rule::{self, *};
use crate::object::Kind;

fn special(name: &'static [u8], data: impl Into<Vec<u8>>, expect: Option<Rule>) -> Case {
    Case {
        kind: Kind::Blob,
        data: data.into(),
        expect,
        named: Some(name),
    }
}

const GITMODULES: &[(&str, Option<Rule>)] = &[
    ("", None),
    (
        "[submodule \"a/b\"]\n\tpath = a/b\n\turl = https://example.com/b.git\n\tupdate = rebase\n",
        None,
    ),
    ("[submodule \"..a/..b/c..\"]\npath=x", None),
    ("[submodule \"..\"]\n", None),
    ("[submodule]\nurl = -x\npath = -x\nupdate = !x", None),
    ("[other \"..\"]\nurl = -x", None),
    ("[submodule \"a\"]\nurl\npath\nupdate", None),
    ("[submodule \"a\"]\nother = -x\nbranch = !x", None),
    // Not configuration, which git accepts; but what comes before counts.
    ("not a config file", None),
    ("[submodule \"a\"\npath = -x", None),
    ("[submodule \"a\"]\npath = -x\n?", Some(GitmodulesPath)),
    ("[submodule \"..\"]\npath = x", Some(GitmodulesName)),
    ("[submodule \"..\"]\nanything", Some(GitmodulesName)),
    ("[submodule \"../a\"]\npath = x", Some(GitmodulesName)),
    ("[submodule \"a/..\"]\npath = x", Some(GitmodulesName)),
    ("[submodule \"a/../b\"]\npath = x", Some(GitmodulesName)),
    ("[submodule \"a\\\\..\\\\b\"]\npath = x", Some(GitmodulesName)),
    ("[submodule \"\"]\npath = x", Some(GitmodulesName)),
    ("[submodule.]\npath = x", Some(GitmodulesName)),
    ("[SubModule...]\npath = x", Some(GitmodulesName)),
    (
        "[submodule \"a\"]\npath = x\n[submodule \"..\"]\npath = y",
        Some(GitmodulesName),
    ),
    ("[submodule \"a\"]\npath = -x", Some(GitmodulesPath)),
    ("[submodule.a]\nPATH = \"-x\"", Some(GitmodulesPath)),
    ("[SUBMODULE \"A\"] path = \\\n-x", Some(GitmodulesPath)),
    ("[submodule \"a\"]\npath = a-x", None),
    ("[submodule \"a\"]\nupdate = !rm -rf /", Some(GitmodulesUpdate)),
    ("[submodule \"a\"]\nupdate = \"!\"", Some(GitmodulesUpdate)),
    ("[submodule \"a\"]\nupdate = none", None),
    ("[submodule \"a\"]\nurl = -x", Some(GitmodulesUrl)),
    (
        "[submodule \"a\"]\nurl = ok\nurl = --upload-pack=x",
        Some(GitmodulesUrl),
    ),
    ("[submodule \"a\"]\nurl = ok\0\n-", None),
    ("[submodule \"a\0b\"]\npath = x", Some(GitmodulesName)),
];

pub(super) fn gitmodules() -> Vec<Case> {
    GITMODULES
        .iter()
        .map(|(text, expect)| special(b".gitmodules", *text, *expect))
        .collect()
}

/// URLs, as they stand in the file between quotes, with spaces between them.
const GOOD_URLS: &str = "\
    x ./x ../x ../../x ./../a:b /abs user@host:path ssh://h/p git://h/p file:///p https://h https://h/ \
    https://u:p@h:443/p?q#f http://h:80 http://h:08080/ http://h:/ ftp://h https://[::1]:80/p https://h/a/../b \
    https://h/a/./b/.. https://h/%2e%41 https://h//.. ftps://h http::https://h/p httpx://h:99999 https:h \
    HTTP://h:x https://@h ./a%0a:b ssh://h/%0a x\\ny https://h/%250a http::file:///p http::file://h/p";

const BAD_URLS: &str = "\
    -x ./%0a ../%0Ax ./a\\nb git://h/%0a git://h\\n ../:h/p .././/h ..\\\\../:h ../..//h https://h/%0a \
    https://h/\\n https://u%0ax@h/ https://h/?%0A https://h\\n http:// https:///p https://:80/p https://u@/p \
    https://h:0 https://h:65536 https://h:1x https://h_/.. ftp://h/a/../.. https://h/% https://h/%4 \
    https://h/%zz https://h?%g0 https://%41/ http::x http::://h https::1://h http::file://:80/p https://u%@h \
    ftps:/// https://h/%2E%2e";

pub(super) fn submodule_urls() -> Vec<Case> {
    let of = |url: &str, expect: Option<Rule>| {
        special(b".gitmodules", format!("[submodule \"a\"]\nurl = \"{url}\"\n"), expect)
    };
    let good = GOOD_URLS.split(' ').chain([""]).map(|url| of(url, None));
    let bad = BAD_URLS
        .split(' ')
        .chain(["https://h !/"])
        .map(|url| of(url, Some(GitmodulesUrl)));
    good.chain(bad).collect()
}

pub(super) fn gitattributes() -> Vec<Case> {
    let of = |data: Vec<u8>, expect: Option<Rule>| special(b".gitattributes", data, expect);
    let line = |len: usize| vec![b'a'; len];
    vec![
        of(Vec::new(), None),
        of(line(2047), None),
        of(line(2048), Some(GitattributesLineLength)),
        of([line(2047), line(2047)].join(&b'\n'), None),
        of(
            [line(1), line(2048), line(1)].join(&b'\n'),
            Some(GitattributesLineLength),
        ),
        of([line(2047), line(2048)].join(&0), None),
    ]
}
