use driftline_model::Severity;

use crate::safe_text::{harmless, shorten, wrap};
use crate::{Charset, Colour, RenderOptions};

/// The narrowest page that is laid out; narrower screens wrap by themselves.
const MIN_WIDTH: usize = 72;

/// What a piece of text is to the reader. The only place that knows of colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Strong,
    Quiet,
    Accent,
    Critical,
    High,
    Medium,
    Low,
    Good,
    StrongCritical,
    StrongHigh,
    StrongMedium,
    StrongLow,
    StrongGood,
}

impl Tone {
    /// The tone of a severity.
    pub(super) fn of(severity: Severity) -> Self {
        match severity {
            Severity::Critical => Self::Critical,
            Severity::High => Self::High,
            Severity::Medium => Self::Medium,
            Severity::Low => Self::Low,
            Severity::None => Self::Good,
        }
    }

    /// The same, for headlines.
    pub(super) fn strong(self) -> Self {
        match self {
            Self::Critical => Self::StrongCritical,
            Self::High => Self::StrongHigh,
            Self::Medium => Self::StrongMedium,
            Self::Low => Self::StrongLow,
            Self::Good => Self::StrongGood,
            _ => Self::Strong,
        }
    }

    /// Parameters of the ANSI sequence that begins this tone.
    fn ansi(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Strong => "1",
            Self::Quiet => "2",
            Self::Accent => "36",
            Self::Critical | Self::StrongCritical | Self::StrongHigh => "1;31",
            Self::High => "31",
            Self::Medium => "33",
            Self::Low => "34",
            Self::Good => "32",
            Self::StrongMedium => "1;33",
            Self::StrongLow => "1;34",
            Self::StrongGood => "1;32",
        }
    }
}

/// Lines under construction.
pub(super) struct Page {
    options: RenderOptions,
    out: String,
}

impl Page {
    pub(super) fn new(options: RenderOptions) -> Self {
        Self { options, out: String::with_capacity(4096) }
    }

    pub(super) fn width(&self) -> usize {
        self.options.width.max(MIN_WIDTH)
    }

    pub(super) fn charset(&self) -> Charset {
        self.options.charset
    }

    /// How many of the strangest rows are wanted.
    pub(super) fn rows(&self) -> usize {
        self.options.rows
    }

    /// The piece that the screen can show.
    pub(super) fn choose(&self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.options.charset == Charset::Unicode { unicode } else { ascii }
    }

    /// The shape of a severity: colour is never the only sign.
    pub(super) fn mark(&self, severity: Severity) -> &'static str {
        match severity {
            Severity::Critical => self.choose("✖", "#"),
            Severity::High => self.choose("▲", "!"),
            Severity::Medium => self.choose("◆", "*"),
            Severity::Low => self.choose("●", "-"),
            Severity::None => self.choose("✔", "="),
        }
    }

    pub(super) fn harmless(&self, text: &str) -> String {
        harmless(text, self.options.charset).into_owned()
    }

    pub(super) fn shorten(&self, text: &str, limit: usize) -> String {
        shorten(text, limit, self.options.charset).into_owned()
    }

    pub(super) fn paint(&self, tone: Tone, text: &str) -> String {
        if self.options.colour == Colour::Off || tone == Tone::Plain || text.is_empty() {
            return text.to_owned();
        }
        format!("\u{1b}[{}m{text}\u{1b}[0m", tone.ansi())
    }

    pub(super) fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    pub(super) fn blank(&mut self) {
        if !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// A heading with a quiet remark.
    pub(super) fn heading(&mut self, title: &str, remark: &str) {
        let title = self.paint(Tone::Strong, title);
        let remark =
            if remark.is_empty() { String::new() } else { self.paint(Tone::Quiet, &format!("  {remark}")) };
        self.line(&format!("{title}{remark}"));
    }

    /// Text after a lead on its first line, the others indented by `indent`.
    pub(super) fn wrapped(&mut self, tone: Tone, lead: &str, text: &str, indent: usize) {
        for (index, line) in wrap(text, self.width() - indent).iter().enumerate() {
            let line = self.paint(tone, line);
            if index == 0 && !lead.is_empty() {
                self.line(&format!("{lead}{line}"));
            } else {
                self.line(&format!("{:indent$}{line}", ""));
            }
        }
    }

    pub(super) fn finish(self) -> String {
        self.out
    }
}
