use driftline_model::{ColumnReport, Report};

use crate::contract::broken_rules;
use crate::{Charset, ExportError, RenderOptions, change_in_words, csv_cell};

const HEADER: &str = "column,kind,reference_kind,verdict,severity,metric,score,threshold,test,p_value,q_value,\
mass_moved,shift_sd,reference_null_ratio,current_null_ratio,reference_n,current_n,change,reason";

/// One line a column, in the order of the report; with a contract one more for the table as a whole.
pub(crate) fn render(report: &Report, _: &RenderOptions) -> Result<String, ExportError> {
    let mut out = String::from(HEADER);
    // Without a contract there is nothing to say of one.
    let has_contract = report.contract.is_some();
    if has_contract {
        out.push_str(",broken_rules");
    }
    out.push('\n');
    for column in &report.columns {
        out.push_str(&line(column));
        if has_contract {
            out.push(',');
            out.push_str(&csv_cell(&broken_rules(report, Some(&column.name))));
        }
        out.push('\n');
    }
    if has_contract {
        out.push_str(&table_line(report));
    }
    Ok(out)
}

/// The line of the table, and of columns that are not in the report: only what the contract says of them.
fn table_line(report: &Report) -> String {
    let is_shown = |name: &str| report.columns.iter().any(|column| column.name == name);
    let others = report.violations.iter().filter(|finding| !finding.column.as_deref().is_some_and(is_shown));
    let messages = others.map(|finding| finding.message.as_str()).collect::<Vec<_>>().join(" ");
    let gap = ",".repeat(HEADER.matches(',').count());
    format!("(table){gap},{}\n", csv_cell(&messages))
}

fn line(column: &ColumnReport) -> String {
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let score = column.score.as_ref();
    let evidence = column.evidence.as_ref();
    let effect = column.effect.as_ref();
    let text = |text: &str| csv_cell(text);
    [
        text(&column.name),
        column.kind.name().to_owned(),
        column.reference_kind.map(|kind| kind.name().to_owned()).unwrap_or_default(),
        column.verdict.name().to_owned(),
        column.severity.name().to_owned(),
        text(score.map_or("", |score| &score.metric)),
        number(score.map(|score| score.value)),
        number(score.map(|score| score.threshold)),
        text(evidence.map_or("", |evidence| &evidence.test)),
        number(evidence.map(|evidence| evidence.p_value)),
        number(evidence.map(|evidence| evidence.q_value)),
        number(effect.map(|effect| effect.mass_moved)),
        number(effect.and_then(|effect| effect.shift_sd)),
        column.nulls.reference_ratio.to_string(),
        column.nulls.current_ratio.to_string(),
        column.n[0].to_string(),
        column.n[1].to_string(),
        text(&change_in_words(column, Charset::Unicode)),
        text(column.reason.as_deref().unwrap_or("")),
    ]
    .join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn every_line_has_as_many_cells_as_the_header() {
        let text = render(&fixture::report(), &RenderOptions::default()).unwrap();
        insta::assert_snapshot!(text);
    }

    #[test]
    fn a_name_that_is_a_formula_is_disarmed() {
        let mut report = fixture::report();
        report.columns[0].name = "=HYPERLINK(\"x\")".to_owned();
        let text = render(&report, &RenderOptions::default()).unwrap();
        assert!(text.lines().nth(1).unwrap().starts_with("\"'=HYPERLINK(\"\"x\"\")\","));
    }
}
