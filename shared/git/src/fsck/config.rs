//! Git's configuration format (git-config(1), "Syntax"), as much as reading values needs.

/// What stands in the file is not configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// One setting.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Setting<'a> {
    /// The section: its name in lower case and, after a dot, its subsection.
    pub(super) section: &'a [u8],
    /// Whether it is the first since the section's header.
    pub(super) is_first: bool,
    /// The name in lower case.
    pub(super) key: &'a [u8],
    /// The value, of a setting that has one.
    pub(super) value: Option<&'a [u8]>,
}

/// Reads settings in order. Takes time and memory in proportion to the file.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    is_at_end: bool,
    section: Vec<u8>,
    is_first: bool,
    key: Vec<u8>,
    value: Vec<u8>,
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

const fn is_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

impl<'a> Reader<'a> {
    /// Starts at the top, after a byte order mark.
    pub(super) fn new(file: &'a [u8]) -> Self {
        let rest = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
        Self {
            rest,
            is_at_end: false,
            section: Vec::new(),
            is_first: true,
            key: Vec::new(),
            value: Vec::new(),
        }
    }

    /// The next setting, or `None` at the end. After an error there is nothing more to read.
    pub(super) fn next(&mut self) -> Result<Option<Setting<'_>>, Malformed> {
        loop {
            match self.byte() {
                b'\n' if self.is_at_end => return Ok(None),
                byte if is_space(byte) => {}
                b'#' | b';' => while self.byte() != b'\n' {},
                b'[' => self.read_section()?,
                byte if byte.is_ascii_alphabetic() => {
                    let has_value = self.read_setting(byte)?;
                    return Ok(Some(Setting {
                        section: &self.section,
                        is_first: std::mem::take(&mut self.is_first),
                        key: &self.key,
                        value: has_value.then_some(&self.value),
                    }));
                }
                _ => return Err(Malformed),
            }
        }
    }

    /// The next byte; a line may end in `\r\n`, and the file ends in a newline even if it does not.
    fn byte(&mut self) -> u8 {
        if let Some(rest) = self.rest.strip_prefix(b"\r\n") {
            self.rest = rest;
            return b'\n';
        }
        match self.rest.split_first() {
            Some((&byte, rest)) => {
                self.rest = rest;
                byte
            }
            None => {
                self.is_at_end = true;
                b'\n'
            }
        }
    }

    /// Reads `name]`, `name.subsection]` or `name "subsection"]`.
    fn read_section(&mut self) -> Result<(), Malformed> {
        self.section.clear();
        self.is_first = true;
        loop {
            match self.byte() {
                b']' if self.section.is_empty() => return Err(Malformed),
                b']' => return Ok(()),
                b'\n' => return Err(Malformed),
                byte if is_space(byte) => return self.read_subsection(),
                byte if is_key(byte) || byte == b'.' => self.section.push(byte.to_ascii_lowercase()),
                _ => return Err(Malformed),
            }
        }
    }

    fn read_subsection(&mut self) -> Result<(), Malformed> {
        loop {
            match self.byte() {
                b'"' => break,
                b'\n' => return Err(Malformed),
                byte if is_space(byte) => {}
                _ => return Err(Malformed),
            }
        }
        self.section.push(b'.');
        loop {
            let byte = match self.byte() {
                b'"' => return if self.byte() == b']' { Ok(()) } else { Err(Malformed) },
                b'\\' => self.byte(),
                byte => byte,
            };
            if byte == b'\n' {
                return Err(Malformed);
            }
            self.section.push(byte);
        }
    }

    /// Reads a setting that starts with `first`, and tells whether it has a value.
    fn read_setting(&mut self, first: u8) -> Result<bool, Malformed> {
        self.key.clear();
        let mut byte = first;
        while is_key(byte) {
            self.key.push(byte.to_ascii_lowercase());
            byte = self.byte();
        }
        while matches!(byte, b' ' | b'\t') {
            byte = self.byte();
        }
        match byte {
            b'\n' => Ok(false),
            b'=' => self.read_value().map(|()| true),
            _ => Err(Malformed),
        }
    }

    /// Reads a value to the end of its last line: quotes are dropped, so are comments and spaces at both ends.
    fn read_value(&mut self) -> Result<(), Malformed> {
        self.value.clear();
        let mut is_quoted = false;
        let mut kept = 0;
        loop {
            match self.byte() {
                b'\n' if is_quoted => return Err(Malformed),
                b'\n' => break,
                byte if is_space(byte) && !is_quoted => {
                    if !self.value.is_empty() {
                        self.value.push(byte);
                    }
                    continue;
                }
                b'#' | b';' if !is_quoted => {
                    while self.byte() != b'\n' {}
                    break;
                }
                b'"' => is_quoted = !is_quoted,
                b'\\' => match self.byte() {
                    b'\n' => {}
                    b't' => self.value.push(b'\t'),
                    b'b' => self.value.push(8),
                    b'n' => self.value.push(b'\n'),
                    byte @ (b'\\' | b'"') => self.value.push(byte),
                    _ => return Err(Malformed),
                },
                byte => self.value.push(byte),
            }
            kept = self.value.len();
        }
        self.value.truncate(kept);
        Ok(())
    }
}
