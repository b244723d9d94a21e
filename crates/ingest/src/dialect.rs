/// How a file writes its table down: found by [`sniff`](crate::sniff), used by every reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dialect {
    /// Byte between cells.
    pub delimiter: u8,
    /// Byte around cells that hold delimiters or line ends.
    pub quote: u8,
    /// How a quote inside a quoted cell is written.
    pub escape: Escape,
    /// How characters are written as bytes.
    pub encoding: Encoding,
    /// Whether the first record names the columns.
    pub has_header: bool,
    /// Records above the header that do not belong to the table.
    pub preamble_rows: u64,
    /// What ends a record.
    pub newline: Newline,
}

/// How a quote inside a quoted cell is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Escape {
    /// Twice, as RFC 4180 has it.
    Doubled,
}

/// How characters are written as bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Encoding {
    /// UTF-8, of which ASCII is a part.
    Utf8,
}

/// What ends a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Newline {
    /// LF.
    Lf,
    /// CR LF. Read like [`Newline::Lf`]: a CR before the LF is dropped, and the two may be mixed.
    CrLf,
    /// CR alone, in a file that has no LF.
    Cr,
}

impl Dialect {
    /// RFC 4180 with LF and a header.
    pub const STANDARD: Self = Self {
        delimiter: b',',
        quote: b'"',
        escape: Escape::Doubled,
        encoding: Encoding::Utf8,
        has_header: true,
        preamble_rows: 0,
        newline: Newline::Lf,
    };

    /// The byte that ends a record.
    pub(crate) fn terminator(&self) -> u8 {
        match self.newline {
            Newline::Lf | Newline::CrLf => b'\n',
            Newline::Cr => b'\r',
        }
    }
}

impl Encoding {
    /// Name as the IANA registry has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
        }
    }
}

impl Escape {
    /// Name used in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Doubled => "doubled",
        }
    }
}

impl Newline {
    /// The bytes themselves.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lf => "\n",
            Self::CrLf => "\r\n",
            Self::Cr => "\r",
        }
    }
}
