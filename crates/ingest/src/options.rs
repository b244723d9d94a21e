use driftline_chunk::Physical;

use crate::{IngestError, Limits};

/// How a table is to be read, CSV above all. The default finds out what it can by looking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadOptions {
    /// Byte between cells; absent: found by looking at the data.
    pub delimiter: Option<u8>,
    /// Byte around cells that hold delimiters or line ends.
    pub quote: u8,
    /// Whether the first record names the columns; absent: found by comparing it with the rest.
    pub has_header: Option<bool>,
    /// Spellings of "no value", compared after trimming blanks, in any (ASCII) case. An empty or blank cell is
    /// "no value" whatever stands here, and so is `nan` in a column of numbers.
    pub null_spellings: Vec<String>,
    /// Longest cell in bytes, quotes not counted; a row with a longer one goes to quarantine.
    pub max_cell_bytes: u64,
    /// How columns of these names were held elsewhere (in the reference, say). Taken over when at least half of
    /// the sampled values fit.
    pub prefer: Vec<(String, Physical)>,
    /// How much a source may cost.
    pub limits: Limits,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            delimiter: None,
            quote: b'"',
            has_header: None,
            null_spellings: ["", "na", "n/a", "null", "none", "nan", "nil", "#n/a", "\\n", "<na>"]
                .map(str::to_owned)
                .to_vec(),
            max_cell_bytes: 1 << 20,
            prefer: Vec::new(),
            limits: Limits::default(),
        }
    }
}

impl ReadOptions {
    /// Refuses bytes that cannot separate cells of UTF-8 text.
    pub(crate) fn validate(&self) -> Result<(), IngestError> {
        let usable = |byte: u8| byte.is_ascii() && !matches!(byte, b'\n' | b'\r' | 0);
        let refuse = |option, byte: u8, wanted| {
            Err(IngestError::Option { option, value: format!("`{}`", byte.escape_ascii()), wanted })
        };
        if !usable(self.quote) {
            return refuse("quote", self.quote, "it must be one ASCII character other than a line end");
        }
        match self.delimiter {
            Some(byte) if !usable(byte) => {
                refuse("delimiter", byte, "it must be one ASCII character other than a line end")
            }
            Some(byte) if byte == self.quote => {
                refuse("delimiter", byte, "it must differ from the quote character")
            }
            _ => Ok(()),
        }
    }
}
