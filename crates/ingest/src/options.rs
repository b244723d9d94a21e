use driftline_chunk::Physical;
use serde::{Deserialize, Serialize};

use crate::dialect::{Decimal, Encoding, Escape, Newline};
use crate::{IngestError, Limits};

/// How a table is to be read, CSV above all. The default finds out what it can by looking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadOptions {
    /// Byte between cells; absent: found by looking at the data.
    pub delimiter: Option<u8>,
    /// Byte around cells that hold delimiters or line ends, or none at all; absent: found by looking.
    pub quote: Option<Option<u8>>,
    /// How a quote inside quotes is written; absent: found by looking.
    pub escape: Option<Escape>,
    /// How characters are written as bytes; absent: found by looking.
    pub encoding: Option<Encoding>,
    /// How many records name the columns; absent: found by comparing the first ones with the rest.
    pub header_rows: Option<u64>,
    /// Lines above the table; absent: found by looking.
    pub skip_rows: Option<u64>,
    /// Byte that starts a line of comment; absent: found by looking.
    pub comment: Option<u8>,
    /// What ends a record; absent: found by looking.
    pub newline: Option<Newline>,
    /// What separates decimals; absent: found by looking at the numbers.
    pub decimal: Option<Decimal>,
    /// What is done about records that are not written as they should be.
    pub repairs: Repairs,
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

/// What is done about records that are not written as they should be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Repairs {
    /// Nothing: they are set aside.
    None,
    /// What is certain is repaired, the rest is set aside.
    #[default]
    Certain,
    /// Everything is repaired as well as it goes.
    All,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            delimiter: None,
            quote: None,
            escape: None,
            encoding: None,
            header_rows: None,
            skip_rows: None,
            comment: None,
            newline: None,
            decimal: None,
            repairs: Repairs::default(),
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
        let one = "it must be one ASCII character other than a line end";
        let quote = self.quote.flatten();
        for (option, byte) in [("quote", quote), ("delimiter", self.delimiter), ("comment", self.comment)] {
            if let Some(byte) = byte.filter(|byte| !usable(*byte)) {
                return refuse(option, byte, one);
            }
        }
        match self.delimiter {
            Some(byte) if Some(byte) == quote => {
                refuse("delimiter", byte, "it must differ from the quote character")
            }
            _ => Ok(()),
        }
    }
}
