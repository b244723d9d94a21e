//! That a form shows personal data masked.

use driftline_model::Report;

/// Columns that are named.
const NAMED: usize = 4;

/// Columns whose values a report shows masked.
pub(crate) fn masked_columns(report: &Report) -> Vec<String> {
    if report.settings.privacy.show_personal {
        return Vec::new();
    }
    let personal = report.columns.iter().filter(|column| column.personal.is_some());
    personal.map(|column| column.name.clone()).collect()
}

/// `Values of 2 columns with personal data (email, phone) are masked; --show-personal shows them.`
pub(crate) fn note(columns: &[String]) -> Option<String> {
    let (shown, rest) = columns.split_at(columns.len().min(NAMED));
    let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
    let what = if columns.len() == 1 { "1 column" } else { &format!("{} columns", columns.len()) };
    (!columns.is_empty()).then(|| {
        format!(
            "Values of {what} with personal data ({}{more}) are masked; --show-personal shows them.",
            shown.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted_and_named() {
        let names: Vec<String> = ["a", "b", "c", "d", "e"].map(str::to_owned).to_vec();
        assert_eq!(note(&[]), None);
        assert!(note(&names[..1]).unwrap().starts_with("Values of 1 column with personal data (a) are"));
        assert!(note(&names).unwrap().contains("(a, b, c, d and 1 more)"));
    }
}
