use std::io;

/// Who has to act on an error: the seed of exit codes and metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// The input is missing, unreadable or not what it claims to be.
    Data,
    /// Reading went wrong on valid input.
    Processing,
    /// The machine said no: disk, memory, permissions.
    System,
}

/// Why a table cannot be read, or cannot be read to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// There is nothing at the location.
    #[error(
        "cannot find `{path}`: give the path of a CSV file, a folder, a pattern such as `data/*.csv`, or `-`"
    )]
    Missing {
        /// The location.
        path: String,
    },
    /// A folder without a CSV file.
    #[error(
        "the folder `{path}` holds no CSV file (looked for .csv, .tsv, .tab, .psv and .txt, plain, .gz or .zst)"
    )]
    EmptyFolder {
        /// The folder.
        path: String,
    },
    /// A pattern that matches nothing.
    #[error("no file matches the pattern `{pattern}`")]
    EmptyPattern {
        /// The pattern.
        pattern: String,
    },
    /// No byte, or nothing but blank lines.
    #[error("`{name}` is empty: it has no header and no row")]
    Empty {
        /// The source.
        name: String,
    },
    /// A text without a single line end as far as it was looked at.
    #[error("`{name}` has no line end within its first {bytes} bytes: this is no table")]
    Endline {
        /// The source.
        name: String,
        /// Bytes looked at.
        bytes: usize,
    },
    /// A header and nothing below.
    #[error("`{name}` has a header of {columns} columns but no row below it")]
    HeaderOnly {
        /// The source.
        name: String,
        /// Names in the header.
        columns: usize,
    },
    /// Not text.
    #[error("`{name}` is not a text file: its first bytes are binary")]
    Binary {
        /// The source.
        name: String,
    },
    /// Text in an encoding that is not read.
    #[error("`{name}` is written in {encoding}: convert it to UTF-8 first")]
    Encoding {
        /// The source.
        name: String,
        /// The encoding found.
        encoding: &'static str,
    },
    /// Files of one table that do not have the same columns.
    #[error("`{name}` does not have the columns of `{first}`: {difference}")]
    ColumnsDiffer {
        /// The file that differs.
        name: String,
        /// The file that it was compared with.
        first: String,
        /// What is missing or too much.
        difference: String,
    },
    /// An option that cannot work.
    #[error("{option} cannot be {value}: {wanted}")]
    Option {
        /// Name of the option.
        option: &'static str,
        /// Its value.
        value: String,
        /// What would be right.
        wanted: &'static str,
    },
    /// A compressed file that ends too early or is damaged. What stands before is delivered.
    #[error(
        "the {format} data of `{name}` are cut off or damaged after byte {stored} ({text} bytes of text could be read): {cause}"
    )]
    Damaged {
        /// The source.
        name: String,
        /// Kind of compression.
        format: &'static str,
        /// Stored bytes consumed.
        stored: u64,
        /// Bytes of text before the damage.
        text: u64,
        /// What the decompressor said.
        cause: String,
    },
    /// A file that changed while it was read. All that was read is delivered.
    #[error("`{name}` changed while it was read: the result mixes two states of it; read it again")]
    Changed {
        /// The source.
        name: String,
    },
    /// A pipe that did not end while it was kept. All that was kept is delivered.
    #[error("`{name}` did not end within {kept} bytes, which is all that could be kept: give it as a file")]
    Endless {
        /// The source.
        name: String,
        /// Bytes that were kept.
        kept: u64,
    },
    /// The operating system refused to read.
    #[error("cannot read `{name}`: {cause}")]
    Read {
        /// The source.
        name: String,
        /// What the system said.
        cause: io::Error,
    },
    /// Standard input could not be kept for a second reading.
    #[error("cannot keep standard input in a temporary file: {cause}")]
    Spool {
        /// What the system said.
        cause: io::Error,
    },
    /// The output of a clean copy could not be written.
    #[error("cannot write the clean copy: {cause}")]
    Write {
        /// What the system said.
        cause: io::Error,
    },
    /// A batch could not be put together, which is a defect.
    #[error("cannot put the rows of `{name}` together: {cause}")]
    Assemble {
        /// The source.
        name: String,
        /// What was refused.
        cause: String,
    },
}

impl IngestError {
    /// A code that never changes, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "ingest.missing",
            Self::EmptyFolder { .. } => "ingest.empty_folder",
            Self::EmptyPattern { .. } => "ingest.empty_pattern",
            Self::Empty { .. } => "ingest.empty",
            Self::Endline { .. } => "ingest.endline",
            Self::HeaderOnly { .. } => "ingest.header_only",
            Self::Binary { .. } => "ingest.binary",
            Self::Encoding { .. } => "ingest.encoding",
            Self::ColumnsDiffer { .. } => "ingest.columns_differ",
            Self::Option { .. } => "ingest.option",
            Self::Damaged { .. } => "ingest.damaged",
            Self::Changed { .. } => "ingest.changed",
            Self::Endless { .. } => "ingest.endless",
            Self::Read { .. } => "ingest.read",
            Self::Spool { .. } => "ingest.spool",
            Self::Write { .. } => "ingest.write",
            Self::Assemble { .. } => "ingest.assemble",
        }
    }

    /// Who has to act.
    pub fn category(&self) -> Category {
        match self {
            Self::Missing { .. }
            | Self::EmptyFolder { .. }
            | Self::EmptyPattern { .. }
            | Self::Empty { .. }
            | Self::Endline { .. }
            | Self::HeaderOnly { .. }
            | Self::Binary { .. }
            | Self::Encoding { .. }
            | Self::ColumnsDiffer { .. }
            | Self::Option { .. }
            | Self::Damaged { .. }
            | Self::Changed { .. }
            | Self::Endless { .. } => Category::Data,
            Self::Assemble { .. } => Category::Processing,
            Self::Read { .. } | Self::Spool { .. } | Self::Write { .. } => Category::System,
        }
    }

    /// Whether everything readable was delivered before this error, so that a result marked as partial stands.
    pub fn leaves_partial_result(&self) -> bool {
        matches!(self, Self::Damaged { .. } | Self::Changed { .. } | Self::Endless { .. })
    }
}
