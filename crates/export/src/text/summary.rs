//! One table by itself: what each column holds, or its strangest rows.

use driftline_model::{ColumnStatistics, Kind};

use crate::safe_text::width;
use crate::summary::{ColumnSummary, RowSummary, TableSummary};
use crate::{RenderOptions, approximate, instant, percent, thousands};

use super::page::{Page, Tone};
use super::{masked, rows, side_facts};

/// Columns of the terminal that the longest kind takes.
const KIND: usize = 11;
/// Room for a share of nulls, and for a number of distinct values.
const NUMBER: usize = 9;
/// Room for name, at most.
const NAME: usize = 28;
/// Places in [`ColumnStatistics::quantiles`] of the quantiles 0.05, 0.5 and 0.95.
const SHOWN_QUANTILES: [usize; 3] = [1, 3, 5];
/// Frequent values named.
const VALUES: usize = 4;

/// The columns of one table, one a line.
pub(crate) fn summary_as_text(summary: &TableSummary, options: &RenderOptions) -> String {
    let mut page = Page::new(*options);
    let facts = side_facts(&summary.table);
    let name = page.harmless(&summary.table.name);
    page.heading(&name, &facts);
    page.blank();
    let longest = summary.columns.iter().map(|column| width(&page.harmless(&column.name))).max().unwrap_or(0);
    let name_width = longest.clamp(6, NAME);
    let head = format!(
        "{:<name_width$}  {:<KIND$}  {:>6}  {:>NUMBER$}  values",
        "column", "kind", "nulls", "distinct"
    );
    let head = page.paint(Tone::Quiet, &head);
    page.line(&head);
    for column in &summary.columns {
        line(&mut page, column, name_width);
    }
    page.blank();
    rows::write_unreadable_of(&mut page, "", &summary.table);
    masked(&mut page, &summary.masked_columns);
    page.finish()
}

fn line(page: &mut Page, column: &ColumnSummary, name_width: usize) {
    let name = page.shorten(&page.harmless(&column.name), name_width);
    let padded = format!("{name}{:1$}", "", name_width - width(&name));
    let statistics = &column.statistics;
    #[expect(clippy::cast_precision_loss, reason = "shown to two digits")]
    let nulls = if statistics.count == 0 { 0.0 } else { statistics.nulls as f64 / statistics.count as f64 };
    let about = if statistics.distinct_exact { "" } else { "~" };
    let distinct = format!("{about}{}", thousands(statistics.distinct));
    let lead_width = name_width + 2 + KIND + 2 + 6 + 2 + NUMBER + 2;
    let room = page.width().saturating_sub(lead_width);
    let values = page.shorten(&fitting(page, values(column), room), room);
    let lead = format!(
        "{}  {:<KIND$}  {:>6}  {distinct:>NUMBER$}  ",
        page.paint(Tone::Strong, &padded),
        column.kind,
        percent(nulls)
    );
    page.line(&format!("{lead}{values}"));
}

/// As many parts as there is room for, the first in any case.
fn fitting(page: &Page, parts: Vec<String>, room: usize) -> String {
    let mut text = String::new();
    for part in parts {
        let part = page.harmless(&part);
        let longer = if text.is_empty() { part } else { format!("{text}, {part}") };
        if !text.is_empty() && width(&longer) > room {
            break;
        }
        text = longer;
    }
    text
}

/// The values in few words, the most telling part first: frequent ones for categories, the range with its
/// middle for numbers.
fn values(column: &ColumnSummary) -> Vec<String> {
    let statistics = &column.statistics;
    if statistics.count == statistics.nulls {
        return vec!["nothing but nulls".to_owned()];
    }
    let personal = column.personal.as_ref().map(|personal| {
        let share =
            personal.values_ratio.map_or(String::new(), |ratio| format!(" ({} of values)", percent(ratio)));
        format!("personal: {}{share}", personal.kind)
    });
    let others = match column.kind {
        Kind::Categorical | Kind::Boolean => frequent(statistics),
        Kind::Numeric | Kind::Integer => range(statistics, approximate),
        Kind::Datetime => range(statistics, instant),
        Kind::Text | Kind::Identifier => match (statistics.min, statistics.lengths) {
            (Some(_), _) => range(statistics, approximate),
            (None, Some(lengths)) => texts(statistics, lengths),
            (None, None) => frequent(statistics),
        },
        Kind::Empty => vec!["nothing".to_owned()],
    };
    personal.into_iter().chain(others).collect()
}

fn range(statistics: &ColumnStatistics, show: fn(f64) -> String) -> Vec<String> {
    let (Some(min), Some(max)) = (statistics.min, statistics.max) else { return Vec::new() };
    if min == max {
        return vec![format!("always {}", show(min))];
    }
    let mut parts = vec![format!("{} to {}", show(min), show(max))];
    if let [Some(low), Some(middle), Some(high)] =
        SHOWN_QUANTILES.map(|place| statistics.quantiles.get(place))
    {
        parts.push(format!("median {}", show(*middle)));
        parts.push(format!("90 % in {} to {}", show(*low), show(*high)));
    }
    parts
}

fn texts(statistics: &ColumnStatistics, [least, _, most]: [f64; 3]) -> Vec<String> {
    let lengths = if least == most {
        format!("{} characters", approximate(least))
    } else {
        format!("{} to {} characters", approximate(least), approximate(most))
    };
    let example = statistics.top.first().map(|(value, _)| format!("such as {value}"));
    std::iter::once(lengths).chain(example).collect()
}

fn frequent(statistics: &ColumnStatistics) -> Vec<String> {
    let present = statistics.count.saturating_sub(statistics.nulls).max(1);
    let part = |(value, count): &(String, u64)| {
        #[expect(clippy::cast_precision_loss, reason = "shown to two digits")]
        let share = *count as f64 / present as f64;
        let value = if value.is_empty() { "(empty)" } else { value };
        format!("{value} {}", percent(share))
    };
    statistics.top.iter().take(VALUES).map(part).collect()
}

/// The strangest rows of one table.
pub(crate) fn rows_as_text(summary: &RowSummary, options: &RenderOptions) -> String {
    let mut page = Page::new(*options);
    let name = page.harmless(&summary.table.name);
    page.heading(&name, &side_facts(&summary.table));
    page.blank();
    rows::write_strangest_of(&mut page, &summary.anomalies);
    if summary.anomalies.rows_flagged == 0 {
        let text = format!(
            "No row of {} scores {} or more.",
            thousands(summary.anomalies.rows_scored),
            approximate(summary.anomalies.threshold)
        );
        page.line(&text);
    }
    rows::write_unreadable_of(&mut page, "", &summary.table);
    masked(&mut page, &summary.masked_columns);
    page.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn columns_are_told_by_their_kind() {
        let report = fixture::report();
        let mut columns: Vec<ColumnSummary> = report
            .columns
            .iter()
            .take(2)
            .map(|column| ColumnSummary {
                name: column.name.clone(),
                kind: column.kind,
                statistics: column.statistics[0].clone().unwrap(),
                personal: None,
            })
            .collect();
        columns[1].statistics.top = vec![("UA".to_owned(), 20_000), (String::new(), 4)];
        columns[1].personal = Some(driftline_model::Personal {
            kind: driftline_model::PersonalKind::Email,
            values_ratio: Some(0.994),
            by_name: true,
            confidence: 0.99,
        });
        let mut empty = columns[0].clone();
        empty.name = "nothing".to_owned();
        empty.statistics.nulls = empty.statistics.count;
        columns.push(empty);
        let masked_columns = vec!["carrier".to_owned()];
        let summary = TableSummary { table: report.current, columns, masked_columns };
        insta::assert_snapshot!(summary_as_text(&summary, &RenderOptions::default()));
    }
}
