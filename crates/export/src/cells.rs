//! Suspected cells as CSV and as Markdown.

use std::fmt::Write as _;

use driftline_model::{CellReport, CellSuspect, SuspectColumn};

use crate::markdown::escape;
use crate::text::cells_as_text;
use crate::{RenderOptions, csv_cell, thousands};

const HEADER: &str = "column,method,confidence,rows,source,row,byte_offset,value,suggestion,reason";

/// Suspected cells for the terminal.
pub fn cells_to_text(report: &CellReport, options: &RenderOptions) -> String {
    cells_as_text(report, options)
}

/// Suspected cells as CSV: one line a suspect, with the first of its rows.
pub fn cells_to_csv(report: &CellReport) -> String {
    let mut out = format!("{HEADER}\n");
    for suspect in &report.suspects {
        let first = suspect.places.first();
        let cells = [
            csv_cell(&suspect.column),
            suspect.method.clone(),
            suspect.confidence.to_string(),
            suspect.rows.to_string(),
            csv_cell(first.map_or("", |place| &place.source)),
            first.map(|place| place.row.to_string()).unwrap_or_default(),
            first.map(|place| place.byte_offset.to_string()).unwrap_or_default(),
            csv_cell(&suspect.value),
            csv_cell(suspect.suggestion.as_deref().unwrap_or("")),
            csv_cell(&suspect.reason),
        ];
        out.push_str(&cells.join(","));
        out.push('\n');
    }
    out
}

/// Suspected cells for a ticket or a wiki page.
pub fn cells_to_markdown(report: &CellReport) -> String {
    let mut out = format!("# {}\n\n**{}**\n\n", escape(&report.headline), escape(&report.table.name));
    if report.suspects.is_empty() {
        return out;
    }
    markdown_table(&mut out, (&report.suspects, &report.columns));
    if let Some(note) = crate::masked::note(&report.masked_columns) {
        let _ = writeln!(out, "\n{}", escape(&note));
    }
    out
}

/// Suspected cells of a check as a table, and how many are not in it.
pub(crate) fn markdown_table(out: &mut String, (suspects, columns): (&[CellSuspect], &[SuspectColumn])) {
    out.push_str("| column | row | value | probably | sure | why |\n|---|--:|---|---|--:|---|\n");
    for suspect in suspects {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {:.2} | {} |",
            escape(&suspect.column),
            rows_in_words(suspect),
            escape(&suspect.value),
            escape(suspect.suggestion.as_deref().unwrap_or("")),
            suspect.confidence,
            escape(&suspect.reason)
        );
    }
    let left_out: u64 = columns.iter().map(|column| column.left_out).sum();
    if left_out > 0 {
        let _ = writeln!(out, "\n{} more suspects are not listed.", thousands(left_out));
    }
}

/// `17`, or `17 and 3 more`.
pub(crate) fn rows_in_words(suspect: &CellSuspect) -> String {
    let first = suspect.places.first().map(|place| thousands(place.row)).unwrap_or_default();
    match suspect.rows {
        0 | 1 => first,
        rows => format!("{first} and {} more", thousands(rows - 1)),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use driftline_model::{CellPlace, Report, SCHEMA_VERSION, SideReport, Timings};

    use super::*;

    pub(crate) fn report() -> CellReport {
        let suspect = |column: &str, value: &str, suggestion: Option<&str>, reason: &str| CellSuspect {
            column: column.to_owned(),
            method: "typo".to_owned(),
            value: value.to_owned(),
            rows: if value.len() > 8 { 1_204 } else { 1 },
            places: vec![CellPlace { source: "orders.csv".to_owned(), row: 1_017, byte_offset: 51_200 }],
            reason: reason.to_owned(),
            suggestion: suggestion.map(str::to_owned),
            confidence: 0.93,
        };
        CellReport {
            schema_version: SCHEMA_VERSION,
            headline: "1206 cells of 2 columns are suspected.".to_owned(),
            table: SideReport {
                name: "orders.csv".to_owned(),
                rows: 20_000,
                columns: 9,
                ..SideReport::default()
            },
            methods: vec!["typo".to_owned()],
            cells_suspected: 1_206,
            columns: vec![
                SuspectColumn { column: "city".to_owned(), cells: 1_205, listed: 2, left_out: 0 },
                SuspectColumn { column: "note".to_owned(), cells: 1, listed: 1, left_out: 4 },
            ],
            suspects: vec![
                suspect(
                    "city",
                    "Birmingahm",
                    Some("Birmingham"),
                    "in 1,204 rows, one slip away from `Birmingham`, which is in 9,100",
                ),
                suspect(
                    "city",
                    "Italy",
                    None,
                    "belongs to `country`, where it is in 12 % of the rows; here in 1 row",
                ),
                suspect(
                    "note",
                    "=1+1|x",
                    Some("=1+2"),
                    "in 1 row, one slip away from `=1+2`, which is in 80",
                ),
            ],
            dependencies: Vec::new(),
            masked_columns: Vec::new(),
            timings: Timings::default(),
        }
    }

    #[test]
    fn no_spreadsheet_takes_a_cell_for_a_formula() {
        let text = cells_to_csv(&report());
        assert_eq!(text.lines().count(), 4);
        let last = text.lines().last().unwrap();
        assert!(last.contains(",'=1+1|x,'=1+2,"), "{last}");
        for start in ["=", "+", "-", "@", "\t", "\r"] {
            let mut report = report();
            report.suspects[0].value = format!("{start}cmd");
            report.suspects[0].suggestion = Some(format!("{start}cmd"));
            let text = cells_to_csv(&report);
            let line = text.lines().nth(1).unwrap();
            assert!(!line.contains(&format!(",{start}cmd")) && line.matches(",'").count() == 2, "{line}");
        }
    }

    /// The report of a check that looked for them.
    pub(crate) fn of_check() -> Report {
        Report { cells: Some(report().into()), ..crate::fixture::report() }
    }

    #[test]
    fn files_of_a_check_have_them_harmless() {
        let report = of_check();
        let of = |id: &str| {
            let format = crate::find(id).unwrap();
            format.render(&report, &RenderOptions::default()).unwrap().into_bytes()
        };
        let markdown = String::from_utf8(of("md")).unwrap();
        assert!(markdown.contains("## Suspected cells\n\n1206 cells of 2 columns"), "{markdown}");
        assert!(markdown.contains("| note | 1,017 | =1+1\\|x | =1+2 | 0.93 |"), "{markdown}");
        let html = String::from_utf8(of("html")).unwrap();
        assert!(html.contains("<td>Birmingahm</td><td>Birmingham</td><td>0.93</td>"), "{html}");
        let back: Report = serde_json::from_slice(&of("json")).unwrap();
        assert_eq!(back, report);
    }

    #[test]
    fn markdown_takes_nothing_from_the_data_for_marks() {
        insta::assert_snapshot!(cells_to_markdown(&report()));
    }
}
