use serde::{Deserialize, Serialize};

/// How a file writes its table down: found by [`sniff`](crate::sniff), used by every reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Dialect {
    /// Byte between cells.
    pub delimiter: u8,
    /// Byte around cells that hold delimiters or line ends; absent when quotes are text like any other.
    pub quote: Option<u8>,
    /// Whether a quoted cell was seen.
    pub is_quoted: bool,
    /// How a quote inside a quoted cell is written.
    pub escape: Escape,
    /// How characters are written as bytes.
    pub encoding: Encoding,
    /// Whether the first record names the columns.
    pub has_header: bool,
    /// Records that name the columns: none, one, or several that are joined.
    pub header_rows: u64,
    /// Lines above the header that do not belong to the table.
    pub preamble_rows: u64,
    /// What ends a record.
    pub newline: Newline,
    /// Whether records end in several ways, so that any of CR, LF and CR LF ends one.
    pub has_mixed_newlines: bool,
    /// Whether a space follows every delimiter, which then belongs to the delimiter.
    pub has_space_after_delimiter: bool,
    /// Byte that starts a line of comment.
    pub comment: Option<u8>,
    /// What separates decimals.
    pub decimal: Decimal,
}

/// How a quote inside a quoted cell is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Escape {
    /// Twice, as RFC 4180 has it.
    Doubled,
    /// Behind a backslash.
    Backslash,
}

/// How characters are written as bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Encoding(&'static encoding_rs::Encoding);

/// What ends a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Newline {
    /// LF.
    Lf,
    /// CR LF. Read like [`Newline::Lf`]: a CR before the LF is dropped, and the two may be mixed.
    CrLf,
    /// CR alone, in a file that has no LF.
    Cr,
}

/// What separates the decimals of a number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Decimal {
    /// A point, as in `1,234.5`.
    #[default]
    Point,
    /// A comma, as in `1.234,5`.
    Comma,
}

/// Stands for "no quote" where a byte is wanted: UTF-8 never holds it.
const NO_QUOTE: u8 = 0xFF;

impl Dialect {
    /// RFC 4180 with LF and a header.
    pub const STANDARD: Self = Self {
        delimiter: b',',
        quote: Some(b'"'),
        is_quoted: false,
        escape: Escape::Doubled,
        encoding: Encoding::UTF_8,
        has_header: true,
        header_rows: 1,
        preamble_rows: 0,
        newline: Newline::Lf,
        has_mixed_newlines: false,
        has_space_after_delimiter: false,
        comment: None,
        decimal: Decimal::Point,
    };

    /// How records are handed out that had to be repaired.
    pub(crate) fn plain(delimiter: u8) -> Self {
        Self { delimiter, ..Self::STANDARD }
    }

    /// The byte that ends a record.
    pub(crate) fn terminator(&self) -> u8 {
        match self.newline {
            Newline::Lf | Newline::CrLf => b'\n',
            Newline::Cr => b'\r',
        }
    }

    /// The quote as a byte; one that never occurs when there is none.
    pub(crate) fn quote_byte(&self) -> u8 {
        self.quote.unwrap_or(NO_QUOTE)
    }

    /// The quote as results show it: empty when quotes are text like any other.
    pub fn quote_shown(&self) -> String {
        self.quote.map(|quote| char::from(quote).to_string()).unwrap_or_default()
    }
}

impl Encoding {
    /// UTF-8, of which ASCII is a part.
    pub const UTF_8: Self = Self(encoding_rs::UTF_8);

    /// The encoding of this name or label, such as `utf-8`, `latin1`, `cp1252`, `shift_jis` or `utf-16le`.
    pub fn named(label: &str) -> Option<Self> {
        let label = label.trim().to_ascii_lowercase();
        let known = match label.as_str() {
            "latin-1" | "latin_1" => "latin1",
            "utf16" | "utf-16" | "utf_16" => "utf-16le",
            "utf8" | "utf-8-sig" | "utf_8" => "utf-8",
            "gb2312" | "cp936" => "gb18030",
            other => other.strip_prefix("cp125").map_or(other, |_| other),
        };
        encoding_rs::Encoding::for_label(known.as_bytes()).map(Self)
    }

    pub(crate) fn of(encoding: &'static encoding_rs::Encoding) -> Self {
        Self(encoding)
    }

    pub(crate) fn decoder(self) -> encoding_rs::Decoder {
        self.0.new_decoder_with_bom_removal()
    }

    /// Whether text needs no transcoding.
    pub(crate) fn is_utf8(self) -> bool {
        self.0 == encoding_rs::UTF_8
    }

    /// Whether a character takes two bytes or more, ASCII included.
    pub(crate) fn is_utf16(self) -> bool {
        self.0 == encoding_rs::UTF_16LE || self.0 == encoding_rs::UTF_16BE
    }

    /// Name as the IANA registry has it, in lower case.
    pub fn name(self) -> String {
        self.0.name().to_ascii_lowercase()
    }
}

impl From<Encoding> for String {
    fn from(encoding: Encoding) -> Self {
        encoding.name()
    }
}

impl TryFrom<String> for Encoding {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Self::named(&name).ok_or_else(|| format!("`{name}` is no encoding"))
    }
}

impl Escape {
    /// Name used in results: `doubled`, or the escaping character itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::Doubled => "doubled",
            Self::Backslash => "\\",
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

impl Decimal {
    /// The character itself.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Point => ".",
            Self::Comma => ",",
        }
    }
}
