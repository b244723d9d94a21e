use driftline_model::Report;

use crate::{ExportError, csv, json, junit, markdown, text};

/// One way to write a report.
#[derive(Clone, Copy)]
pub struct Format {
    /// What `--format` takes.
    pub id: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// Usual ending of a file that holds it, without the dot.
    pub extension: &'static str,
    /// Renders a report; the outcome ends with a line end.
    pub render: fn(&Report, &RenderOptions) -> Result<String, ExportError>,
}

/// Every format, in the order of the help text. A new one is one file and one line here.
pub const FORMATS: &[Format] = &[
    Format { id: "text", name: "text for the terminal", extension: "txt", render: text::render },
    Format { id: "json", name: "JSON, complete and stable", extension: "json", render: json::render },
    Format { id: "md", name: "Markdown", extension: "md", render: markdown::render },
    Format { id: "csv", name: "CSV, one line a column", extension: "csv", render: csv::render },
    Format {
        id: "junit",
        name: "JUnit XML, one test case a column",
        extension: "xml",
        render: junit::render,
    },
];

/// The format with this id.
pub fn find(id: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.id == id)
}

/// How a report is rendered; only the text form looks at width, colour and characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RenderOptions {
    /// Characters a line may have; below 72 counts as 72.
    pub width: usize,
    /// Whether to paint.
    pub colour: Colour,
    /// What the reader's screen can show.
    pub charset: Charset,
    /// How many of the strangest rows are shown.
    pub rows: usize,
}

impl Default for RenderOptions {
    fn default() -> Self {
        Self { width: 80, colour: Colour::Off, charset: Charset::Unicode, rows: 5 }
    }
}

/// Whether to paint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// ANSI colours.
    On,
    /// Plain characters.
    Off,
}

/// What the reader's screen can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// All of Unicode.
    Unicode,
    /// Nothing beyond ASCII.
    Ascii,
}
