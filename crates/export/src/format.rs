use driftline_model::Report;

use crate::{ExportError, csv, html, json, junit, markdown, parquet, text, xlsx};

/// One way to write a report.
pub struct Format {
    /// What `--format` takes.
    pub id: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// Usual ending of a file that holds it, without the dot.
    pub extension: &'static str,
    /// What a server calls it in the header `Content-Type`.
    pub media_type: &'static str,
    form: Form,
}

/// The function that makes a format, by what it makes.
enum Form {
    Text(fn(&Report, &RenderOptions) -> Result<String, ExportError>),
    Binary(fn(&Report) -> Result<Vec<u8>, ExportError>),
}

/// Every format, in the order of the help text. A new one is one file and one entry here.
pub const FORMATS: &[Format] = &[
    Format {
        id: "text",
        name: "text for the terminal",
        extension: "txt",
        media_type: "text/plain; charset=utf-8",
        form: Form::Text(text::render),
    },
    Format {
        id: "json",
        name: "JSON, complete and stable",
        extension: "json",
        media_type: "application/json",
        form: Form::Text(json::render),
    },
    Format {
        id: "md",
        name: "Markdown",
        extension: "md",
        media_type: "text/markdown; charset=utf-8",
        form: Form::Text(markdown::render),
    },
    Format {
        id: "csv",
        name: "CSV, one line a column",
        extension: "csv",
        media_type: "text/csv; charset=utf-8",
        form: Form::Text(csv::render),
    },
    Format {
        id: "junit",
        name: "JUnit XML, one test case a column",
        extension: "xml",
        media_type: "application/xml",
        form: Form::Text(junit::render),
    },
    Format {
        id: "html",
        name: "HTML, one file to look at offline",
        extension: "html",
        media_type: "text/html; charset=utf-8",
        form: Form::Binary(html::render),
    },
    Format {
        id: "xlsx",
        name: "XLSX, a workbook with charts",
        extension: "xlsx",
        media_type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        form: Form::Binary(xlsx::render),
    },
    Format {
        id: "parquet",
        name: "Parquet, one row a column",
        extension: "parquet",
        media_type: "application/vnd.apache.parquet",
        form: Form::Binary(parquet::render),
    },
];

/// The format with this id.
pub fn find(id: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.id == id)
}

impl Format {
    /// Renders a report.
    ///
    /// # Errors
    /// When the report cannot be put in this form.
    pub fn render(&self, report: &Report, options: &RenderOptions) -> Result<Rendered, ExportError> {
        match self.form {
            Form::Text(render) => render(report, options).map(Rendered::Text),
            Form::Binary(render) => render(report).map(Rendered::Binary),
        }
    }

    /// Whether a terminal can show it.
    pub fn is_text(&self) -> bool {
        matches!(self.form, Form::Text(_))
    }
}

/// A report in one of the formats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rendered {
    /// Lines; the last one ends with a line end.
    Text(String),
    /// A whole file for a program.
    Binary(Vec<u8>),
}

impl Rendered {
    /// The bytes of the file, whichever it is; text is UTF-8.
    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.into_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::fixture;

    #[test]
    fn every_format_is_named_once_and_renders() {
        let report = fixture::report();
        for format in FORMATS {
            let rendered = format.render(&report, &RenderOptions::default()).unwrap();
            match &rendered {
                Rendered::Text(text) => assert!(format.is_text() && text.ends_with('\n'), "{}", format.id),
                Rendered::Binary(bytes) => assert!(!format.is_text() && !bytes.is_empty(), "{}", format.id),
            }
            assert!(rendered.into_bytes().len() > 100);
            assert_eq!(find(format.id).unwrap().media_type, format.media_type);
        }
        let distinct = |of: fn(&Format) -> &str| FORMATS.iter().map(of).collect::<BTreeSet<_>>().len();
        assert_eq!(distinct(|format| format.id), FORMATS.len());
        assert_eq!(distinct(|format| format.extension), FORMATS.len());
        assert_eq!(distinct(|format| format.media_type), FORMATS.len());
    }
}
