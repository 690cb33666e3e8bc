use proptest::prelude::*;

use super::*;

#[test]
fn each_kind_of_line_is_read_as_git_reads_it() {
    let data = |bytes: &'static [u8]| {
        Ok(Decoded::Complete {
            line: Line::Data(bytes),
            consumed: bytes.len() + 4,
        })
    };
    let special = |line| Ok(Decoded::Complete { line, consumed: 4 });
    let incomplete = |needed| Ok(Decoded::Incomplete { needed });
    let rows: &[(&[u8], Result<Decoded<'_>, Error>)] = &[
        (b"", incomplete(4)),
        (b"0", incomplete(3)),
        (b"000", incomplete(1)),
        (b"0000", special(Line::Flush)),
        (b"0000rest", special(Line::Flush)),
        (b"0001", special(Line::Delim)),
        (b"0002", special(Line::ResponseEnd)),
        (b"0003", Err(Error::Length(3))),
        (b"0004", data(b"")),
        (b"0005a", data(b"a")),
        (b"0006a\nnext", data(b"a\n")),
        (b"000Bfoobar\n", data(b"foobar\n")),
        (b"000bfoo", incomplete(4)),
        (b"fff0", incomplete(MAX_DATA)),
        (b"fff1", Err(Error::Length(65_521))),
        (b"ffff", Err(Error::Length(65_535))),
        (b"zzzz", Err(Error::Digits(*b"zzzz"))),
        (b"+004", Err(Error::Digits(*b"+004"))),
        (b" 004", Err(Error::Digits(*b" 004"))),
        (b"0x04", Err(Error::Digits(*b"0x04"))),
        (b"00\xff4", Err(Error::Digits(*b"00\xff4"))),
        (b"GET / HTTP", Err(Error::Digits(*b"GET "))),
    ];
    for (input, expected) in rows {
        assert_eq!(&decode(input), expected, "{}", input.escape_ascii());
    }
}

#[test]
fn errors_say_what_git_says() {
    assert_eq!(Error::Length(3).to_string(), "protocol error: bad line length 3");
    assert_eq!(
        Error::Digits(*b"zz\x1bz").to_string(),
        r"protocol error: bad line length character: zz\x1bz"
    );
    assert_eq!(
        ReadError::Truncated { offset: 1 }.to_string(),
        "the remote end hung up unexpectedly"
    );
}

#[test]
fn text_loses_exactly_one_newline() {
    let rows: &[(Line<'_>, Option<&[u8]>)] = &[
        (Line::Data(b"a\n"), Some(b"a")),
        (Line::Data(b"a"), Some(b"a")),
        (Line::Data(b"a\n\n"), Some(b"a\n")),
        (Line::Data(b"\n"), Some(b"")),
        (Line::Data(b""), Some(b"")),
        (Line::Flush, None),
        (Line::Delim, None),
        (Line::ResponseEnd, None),
    ];
    for (line, expected) in rows {
        assert_eq!(line.text(), *expected, "{line:?}");
    }
}

#[test]
fn lines_tell_where_a_message_breaks() {
    let mut lines = Lines::new(b"0005a00000003");
    assert_eq!(lines.read(), Ok(Some(Line::Data(b"a"))));
    assert_eq!(lines.read(), Ok(Some(Line::Flush)));
    assert_eq!((lines.offset(), lines.rest()), (9, &b"0003"[..]));
    let malformed = ReadError::Malformed {
        offset: 9,
        source: Error::Length(3),
    };
    assert_eq!(lines.read(), Err(malformed));
    assert_eq!(lines.read(), Err(malformed));

    let mut lines = Lines::new(b"0005a000");
    assert_eq!(lines.read(), Ok(Some(Line::Data(b"a"))));
    assert_eq!(lines.read(), Err(ReadError::Truncated { offset: 8 }));

    let mut lines = Lines::new(b"");
    assert_eq!(lines.read(), Ok(None));
    assert_eq!(lines.expect(), Err(ReadError::Truncated { offset: 0 }));
}

#[test]
fn the_longest_line_is_written_and_a_longer_one_refused() {
    let mut out = Vec::new();
    assert_eq!(write(&mut out, &[&[b'x'; MAX_DATA]]), Ok(()));
    assert_eq!((out.len(), out.first_chunk()), (MAX_LINE, Some(b"fff0")));
    assert_eq!(write(&mut out, &[b"x", &[b'x'; MAX_DATA]]), Err(TooLong(MAX_DATA + 1)));
    assert_eq!(out.len(), MAX_LINE);
    write_cut(&mut out, &[b"ERR ", &[b'x'; MAX_DATA], b"more"]);
    assert_eq!(out.len(), 2 * MAX_LINE);
}

#[test]
fn an_error_is_one_printable_line() {
    let mut out = Vec::new();
    write_error(&mut out, "no\nsuch\x1b[2J thing");
    assert_eq!(out, b"0019ERR no such [2J thing");
}

#[test]
fn the_buffer_holds_no_more_than_its_limit() {
    let mut buffer = LineBuffer::new(8);
    assert_eq!(buffer.feed(b"00000005"), Ok(()));
    assert_eq!(buffer.feed(b"a"), Err(Overflow(8)));
    assert_eq!(buffer.read(), Ok(Some(Line::Flush)));
    assert_eq!(buffer.read(), Ok(None));
    assert_eq!(buffer.feed(b"abcd"), Ok(()));
    assert_eq!(buffer.feed(b"e"), Err(Overflow(8)));
    assert_eq!(buffer.read(), Ok(Some(Line::Data(b"a"))));
    assert_eq!(buffer.unread(), b"bcd");
    assert_eq!(buffer.feed(b"e"), Ok(()));
    assert_eq!(buffer.read(), Ok(None));
    assert_eq!(buffer.feed(&[b'x'; 8]), Err(Overflow(8)));
}

#[test]
fn a_malformed_line_stays_malformed() {
    let mut buffer = LineBuffer::new(100);
    assert_eq!(buffer.feed(b"zzzz"), Ok(()));
    assert_eq!(buffer.read(), Err(Error::Digits(*b"zzzz")));
    assert_eq!(buffer.feed(b"0000"), Ok(()));
    assert_eq!(buffer.read(), Err(Error::Digits(*b"zzzz")));
}

proptest! {
    #[test]
    fn any_bytes_are_decoded_without_reading_behind_them(input in proptest::collection::vec(any::<u8>(), 0..64)) {
        match decode(&input) {
            Ok(Decoded::Complete { consumed, .. }) => prop_assert!(consumed >= 4 && consumed <= input.len()),
            Ok(Decoded::Incomplete { needed }) => prop_assert!(needed > 0),
            Err(_) => {}
        }
    }

    #[test]
    fn what_is_written_is_read_back_however_it_is_cut(
        lines in proptest::collection::vec(proptest::option::of(proptest::collection::vec(any::<u8>(), 0..200)), 0..8),
        cut in 1usize..50,
    ) {
        let mut message = Vec::new();
        for line in &lines {
            match line {
                Some(data) => write(&mut message, &[data]).unwrap(),
                None => message.extend_from_slice(FLUSH),
            }
        }
        let expected: Vec<_> = lines.iter().map(|line| line.as_deref().map_or(Line::Flush, Line::Data)).collect();

        let mut whole = Lines::new(&message);
        for line in &expected {
            prop_assert_eq!(whole.read().unwrap().unwrap(), *line);
        }
        prop_assert_eq!(whole.read().unwrap(), None);

        let mut buffer = LineBuffer::new(MAX_LINE);
        let mut seen = 0;
        for piece in message.chunks(cut) {
            buffer.feed(piece).unwrap();
            while let Some(line) = buffer.read().unwrap() {
                prop_assert_eq!(line, expected[seen]);
                seen += 1;
            }
        }
        prop_assert_eq!(seen, expected.len());
        prop_assert!(buffer.unread().is_empty());
    }
}
