//! What a method says against a value.

/// Why a value is suspected.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Suspicion {
    /// Id of the method.
    pub(super) method: &'static str,
    pub(super) reason: String,
    pub(super) suggestion: Option<String>,
    /// 0..1.
    pub(super) confidence: f64,
}

/// Values of a column with what is said against them, by their index among the values of the column.
pub(super) type Suspicions = Vec<(usize, Suspicion)>;

/// Characters of a value that are shown in a reason.
const SHOWN: usize = 40;

/// A value as it stands in a reason.
pub(super) fn shown(text: &str) -> String {
    if text.is_empty() {
        return "nothing".to_owned();
    }
    let short: String = text.chars().take(SHOWN).collect();
    let mark = if short.len() < text.len() { "…" } else { "" };
    format!("`{short}{mark}`")
}

/// How much larger one count is than another, as a factor that grows from 0 at `from` times to 1 at `full` times.
pub(super) fn outweighs(more: u64, less: u64, (from, full): (f64, f64)) -> f64 {
    let ratio = more as f64 / less.max(1) as f64;
    ((ratio / from).ln() / (full / from).ln()).clamp(0.0, 1.0)
}
