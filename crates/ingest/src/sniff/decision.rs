//! What was decided about a file, how sure that is, and why.

/// One thing that was decided about a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// What it is about: `encoding`, `newline`, `delimiter`, `quote`, `escape`, `preamble`, `header`, `comment`,
    /// `decimal`, `reading`.
    pub subject: &'static str,
    /// What was decided, in words.
    pub value: String,
    /// How sure that is, 0..1.
    pub confidence: f64,
    /// Why.
    pub reason: String,
}

impl Decision {
    pub(crate) fn new(
        subject: &'static str,
        value: impl Into<String>,
        confidence: f64,
        reason: impl Into<String>,
    ) -> Self {
        Self { subject, value: value.into(), confidence: confidence.clamp(0.0, 1.0), reason: reason.into() }
    }
}

/// A sign as people can read it.
pub(crate) fn visible(byte: u8) -> String {
    match byte {
        b'\t' => "tab".to_owned(),
        b' ' => "space".to_owned(),
        byte if byte.is_ascii_graphic() => char::from(byte).to_string(),
        byte => byte.escape_ascii().to_string(),
    }
}
