use proptest::prelude::*;

use super::*;
use crate::pkt_line::{Line, Lines, MAX_LINE};

#[test]
fn messages_have_the_bytes_that_git_expects() {
    let mut out = Vec::new();
    write_progress(&mut out, Mode::Large, "hello");
    write_progress(&mut out, Mode::Small, "10%\r");
    write_progress(&mut out, Mode::Large, "a\x1bb\nc\n");
    write_fatal(&mut out, Mode::Large, "fatal: no\nway");
    write(&mut out, Mode::Large, Band::Data, b"");
    assert_eq!(
        out.escape_ascii().to_string(),
        r"000b\x02hello\n0009\x0210%\r000b\x02a b\nc\n0012\x03fatal: no way"
    );
    assert_eq!(KEEPALIVE, b"0005\x02");
}

#[test]
fn without_multiplexing_only_data_is_sent() {
    let mut out = Vec::new();
    write_progress(&mut out, Mode::None, "hello");
    write_fatal(&mut out, Mode::None, "fatal");
    write(&mut out, Mode::None, Band::Data, b"PACK");
    assert_eq!(out, b"PACK");
    assert_eq!(header(Mode::None, Band::Data, 0), None);
}

#[test]
fn long_payloads_are_split_where_git_splits_them() {
    for (mode, max) in [(Mode::Small, 995), (Mode::Large, 65_515)] {
        let mut out = Vec::new();
        write(&mut out, mode, Band::Data, &vec![7; max + 1]);
        assert_eq!(out.len(), max + 5 + 6, "{mode:?}");
        assert_eq!(header(mode, Band::Data, max + 1), None, "{mode:?}");
        let mut out = Vec::new();
        write_fatal(&mut out, mode, &"x".repeat(max + 1));
        assert_eq!(out.len(), max + 5, "{mode:?}");
        assert!(out.len() <= MAX_LINE);
    }
}

#[test]
fn lines_on_no_band_are_refused() {
    type Row<'a> = (&'a [u8], Result<(Band, &'a [u8]), Error>);
    let rows: &[Row<'_>] = &[
        (b"", Err(Error::Missing)),
        (b"\x00a", Err(Error::Unknown(0))),
        (b"\x04a", Err(Error::Unknown(4))),
        (b"\x01", Ok((Band::Data, b""))),
        (b"\x02a", Ok((Band::Progress, b"a"))),
        (b"\x03a", Ok((Band::Fatal, b"a"))),
    ];
    for (data, expected) in rows {
        assert_eq!(&decode(data), expected);
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(payload in proptest::collection::vec(any::<u8>(), 0..3000)) {
        for mode in [Mode::Small, Mode::Large] {
            for band in [Band::Data, Band::Progress, Band::Fatal] {
                let mut out = Vec::new();
                write(&mut out, mode, band, &payload);
                let mut lines = Lines::new(&out);
                let mut read = Vec::new();
                while let Some(line) = lines.read().unwrap() {
                    let Line::Data(data) = line else { panic!("{line:?}") };
                    let (seen, piece) = decode(data).unwrap();
                    prop_assert_eq!(seen, band);
                    read.extend_from_slice(piece);
                }
                prop_assert_eq!(&read, &payload);
            }
        }
    }

    #[test]
    fn text_of_any_kind_stays_on_its_band(text in ".*") {
        for mode in [Mode::None, Mode::Small, Mode::Large] {
            let mut out = Vec::new();
            write_progress(&mut out, mode, &text);
            write_fatal(&mut out, mode, &text);
            let mut lines = Lines::new(&out);
            while let Some(line) = lines.read().unwrap() {
                let Line::Data(data) = line else { panic!("{line:?}") };
                prop_assert!(matches!(decode(data).unwrap().0, Band::Progress | Band::Fatal));
            }
        }
    }
}
