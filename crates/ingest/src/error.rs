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
        "cannot find `{path}`: give the path of a CSV file or another table, a folder, a pattern such as `data/*.csv`, a URL, or `-`"
    )]
    Missing {
        /// The location.
        path: String,
    },
    /// A folder without a CSV file.
    #[error(
        "the folder `{path}` holds no CSV file and no other table (looked for .csv, .tsv, .tab, .psv and .txt, plain, .gz or .zst, .parquet, .ndjson, .json, .arrow, .avro, .xlsx, .zip and .tar)"
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
    /// A compressed file or an archive that ends too early or is damaged. What stands before is delivered.
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
    /// A table of which no part can be read by another machine.
    #[error(
        "`{name}` is {what}, and a cluster reads CSV and Parquet from files that all machines see and from S3 only: copy it there as one of these, or check it on one machine"
    )]
    Uncuttable {
        /// The source.
        name: String,
        /// What it is.
        what: &'static str,
    },
    /// A file that is not the one that was cut into parts.
    #[error("`{name}` had {cut} bytes when it was cut into parts and has {found} now: check it again")]
    Resized {
        /// The source.
        name: String,
        /// Bytes when it was cut.
        cut: u64,
        /// Bytes found.
        found: u64,
    },
    /// A file of a format other than CSV that is damaged or lies about itself.
    #[error("`{name}` is no {format} file that can be read: {cause}")]
    Unreadable {
        /// The source.
        name: String,
        /// What it seems to be.
        format: &'static str,
        /// What is wrong with it.
        cause: String,
    },
    /// A file that is damaged in its middle. What stands before is delivered.
    #[error(
        "`{name}` cannot be read behind its first {rows} rows: row group {group} of the Parquet file is damaged"
    )]
    Spoilt {
        /// The source.
        name: String,
        /// Rows before the damage.
        rows: u64,
        /// The first row group that cannot be read, counted from zero.
        group: usize,
    },
    /// A table without a column that can be read.
    #[error("`{name}` has no column that can be read")]
    NoColumns {
        /// The source.
        name: String,
    },
    /// Something else than delimited text where only that will do.
    #[error("`{name}` is {format}, not delimited text")]
    NotDelimited {
        /// The source.
        name: String,
        /// What it is.
        format: &'static str,
    },
    /// An archive in an archive.
    #[error("`{name}` is a {format} archive within an archive: unpack it first")]
    Nested {
        /// The member.
        name: String,
        /// What it is.
        format: &'static str,
    },
    /// An archive without a file.
    #[error("the archive `{name}` holds no file")]
    EmptyArchive {
        /// The archive.
        name: String,
    },
    /// Too many files.
    #[error("`{name}` holds {found} files, more than {limit}")]
    TooMany {
        /// The archive or prefix.
        name: String,
        /// Files found.
        found: usize,
        /// Files allowed.
        limit: usize,
    },
    /// A workbook without the sheet.
    #[error("`{name}` has no sheet `{wanted}`; it has {known}")]
    Sheet {
        /// The workbook.
        name: String,
        /// The sheet that was asked for.
        wanted: String,
        /// The sheets that it has.
        known: String,
    },
    /// Compressed data that unpack to too much. What stands before is delivered.
    #[error(
        "the {format} data of `{name}` unpack to more than {limit} times their size: reading stopped after {bytes} bytes"
    )]
    Expands {
        /// The source.
        name: String,
        /// Kind of compression.
        format: &'static str,
        /// How many times are allowed.
        limit: u64,
        /// Bytes consumed or claimed until then.
        bytes: u64,
    },
    /// A source without an end, or with too much before it. What stands before is delivered.
    #[error("`{name}` has more than the {limit} bytes that are kept of such a source: reading stopped there")]
    TooLarge {
        /// The source.
        name: String,
        /// Bytes kept.
        limit: u64,
    },
    /// The other side went away. What came before is delivered.
    #[error("`{name}` broke off after {bytes} bytes: {cause}")]
    BrokenOff {
        /// The source.
        name: String,
        /// Bytes that came.
        bytes: u64,
        /// What happened.
        cause: String,
    },
    /// A URL that names nothing that can be read.
    #[error("`{url}` cannot be read: {cause}")]
    Url {
        /// The URL, without its secrets.
        url: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The other side said no, or nothing.
    #[error("cannot fetch `{name}`: {cause}")]
    Fetch {
        /// The source, without its secrets.
        name: String,
        /// What it said.
        cause: String,
    },
    /// A statement that cannot be carried out.
    #[error("{what}: {cause}")]
    Statement {
        /// Which one.
        what: String,
        /// What is wrong with it and where.
        cause: String,
    },
    /// A statement that needs more memory than it may have.
    #[error("{what}: it needs more memory than it may have: {cause}")]
    StatementMemory {
        /// Which one.
        what: String,
        /// Which part of it.
        cause: String,
    },
    /// A part of the program that was left out when it was built.
    #[error("{what} is not part of this build: build it with the cargo feature `{feature}`")]
    NotBuilt {
        /// What is missing.
        what: &'static str,
        /// The feature that brings it.
        feature: &'static str,
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
            Self::Uncuttable { .. } => "ingest.uncuttable",
            Self::Resized { .. } => "ingest.resized",
            Self::Unreadable { .. } => "ingest.unreadable",
            Self::Spoilt { .. } => "ingest.spoilt",
            Self::NoColumns { .. } => "ingest.no_columns",
            Self::NotDelimited { .. } => "ingest.not_delimited",
            Self::Nested { .. } => "ingest.nested_archive",
            Self::EmptyArchive { .. } => "ingest.empty_archive",
            Self::TooMany { .. } => "ingest.too_many_files",
            Self::Sheet { .. } => "ingest.sheet",
            Self::Expands { .. } => "ingest.expands",
            Self::TooLarge { .. } => "ingest.too_large",
            Self::BrokenOff { .. } => "ingest.broken_off",
            Self::Url { .. } => "ingest.url",
            Self::Fetch { .. } => "ingest.fetch",
            Self::Statement { .. } => "ingest.statement",
            Self::StatementMemory { .. } => "ingest.statement_memory",
            Self::NotBuilt { .. } => "ingest.not_built",
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
            | Self::Uncuttable { .. }
            | Self::Resized { .. }
            | Self::Unreadable { .. }
            | Self::Spoilt { .. }
            | Self::NoColumns { .. }
            | Self::NotDelimited { .. }
            | Self::Nested { .. }
            | Self::EmptyArchive { .. }
            | Self::TooMany { .. }
            | Self::Sheet { .. }
            | Self::Expands { .. }
            | Self::TooLarge { .. }
            | Self::Url { .. }
            | Self::Statement { .. } => Category::Data,
            Self::Assemble { .. } => Category::Processing,
            Self::BrokenOff { .. }
            | Self::Fetch { .. }
            | Self::StatementMemory { .. }
            | Self::NotBuilt { .. }
            | Self::Read { .. }
            | Self::Spool { .. }
            | Self::Write { .. } => Category::System,
        }
    }

    /// Whether everything readable was delivered before this error, so that a result marked as partial stands.
    pub fn leaves_partial_result(&self) -> bool {
        matches!(self, Self::Changed { .. }) || self.is_broken_off()
    }

    /// Whether the source ended before its time through no fault of its rows: what was read is worth a result of
    /// its own, marked as partial.
    pub fn is_broken_off(&self) -> bool {
        matches!(
            self,
            Self::Damaged { .. }
                | Self::Spoilt { .. }
                | Self::Expands { .. }
                | Self::TooLarge { .. }
                | Self::BrokenOff { .. }
        )
    }
}
