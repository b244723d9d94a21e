use driftline_model::{BinReport, ColumnReport, ColumnStatistics, ColumnVerdict, Kind};

use crate::{Charset, approximate, instant, percent, shorten, thousands};

/// Places of the quartiles in [`ColumnStatistics::quantiles`].
const LOWER_QUARTILE: usize = 2;
const MEDIAN: usize = 3;
const UPPER_QUARTILE: usize = 4;

/// Least shift of the median, in inter-quartile ranges, that is told as a shift of the median; less is told as
/// a change of spread or of the bin that changed most.
const TELLING_SHIFT: f64 = 0.05;

/// Least relative change of the inter-quartile range that is told.
const TELLING_SPREAD: f64 = 0.1;

/// What changed in a column, in few words: `median 12 → 15.3 (+28 %); nulls 5.0 % → 12 %`.
///
/// Empty when there is nothing to say. Values are given as they are in the data: whoever shows the words makes
/// them harmless.
pub fn change_in_words(column: &ColumnReport, charset: Charset) -> String {
    let words = Words { arrow: if charset == Charset::Unicode { "→" } else { "->" }, charset };
    let mut parts = Vec::new();
    match &column.statistics {
        [Some(_), None] => return "gone: the current data do not have it".to_owned(),
        [None, Some(_)] => return "new: the reference does not have it".to_owned(),
        _ => {}
    }
    if let Some(before) = column.reference_kind.filter(|&before| before != column.kind) {
        parts.push(format!("{before} {} {}", words.arrow, column.kind));
    }
    if column.verdict == ColumnVerdict::Failed {
        parts.extend(column.reason.clone());
        return parts.join("; ");
    }
    if column.verdict == ColumnVerdict::Drifted && values_moved(column) {
        parts.extend(words.of_values(column));
    }
    if column.nulls.changed {
        parts.push(format!(
            "nulls {} {} {}",
            percent(column.nulls.reference_ratio),
            words.arrow,
            percent(column.nulls.current_ratio)
        ));
    }
    if let Some(onset) = column.onset.as_ref().filter(|onset| onset.position_ratio > 0.0) {
        parts.push(format!("since about row {}", thousands(onset.row)));
    }
    if parts.is_empty() {
        parts.extend(column.reason.clone());
    }
    parts.join("; ")
}

/// Whether the values themselves moved enough to be told, and not only the nulls among them.
fn values_moved(column: &ColumnReport) -> bool {
    !column.nulls.changed
        || column.effect.as_ref().is_some_and(|effect| effect.mass_moved >= effect.threshold)
}

/// How changes are put.
struct Words {
    arrow: &'static str,
    charset: Charset,
}

impl Words {
    /// What the values did.
    fn of_values(&self, column: &ColumnReport) -> Option<String> {
        if let [Some(reference), Some(current)] = &column.statistics
            && column.kind.is_ordered()
            && column.reference_kind.is_none_or(Kind::is_ordered)
            && let Some(words) = self.of_location(column.kind, reference, current)
        {
            return Some(words);
        }
        self.of_bins(&column.bins)
    }

    /// Where numbers or moments went; nothing when neither middle nor spread tells the change.
    fn of_location(
        &self,
        kind: Kind,
        reference: &ColumnStatistics,
        current: &ColumnStatistics,
    ) -> Option<String> {
        let show = |value: f64| if kind == Kind::Datetime { instant(value) } else { approximate(value) };
        let constant = |side: &ColumnStatistics| side.min.filter(|_| side.min == side.max);
        match (constant(reference), constant(current)) {
            (Some(before), Some(now)) => {
                return Some(format!("always {} {} always {}", show(before), self.arrow, show(now)));
            }
            (None, Some(now)) => return Some(format!("now always {}", show(now))),
            (Some(before), None) => {
                let range = current.min.zip(current.max)?;
                return Some(format!(
                    "was always {}, now {} to {}",
                    show(before),
                    show(range.0),
                    show(range.1)
                ));
            }
            (None, None) => {}
        }
        let (before, now) = (reference.quantiles.get(MEDIAN)?, current.quantiles.get(MEDIAN)?);
        let range = |side: &ColumnStatistics| {
            Some(side.quantiles.get(UPPER_QUARTILE)? - side.quantiles.get(LOWER_QUARTILE)?)
        };
        let (range_before, range_now) = (range(reference)?, range(current)?);
        let unit = if range_before > 0.0 { range_before } else { reference.std.filter(|&s| s > 0.0)? };
        let mut parts = Vec::new();
        if (now - before).abs() >= TELLING_SHIFT * unit && show(*before) != show(*now) {
            let relative = if kind == Kind::Datetime { String::new() } else { relative(*before, *now) };
            parts.push(format!("median {} {} {}{relative}", show(*before), self.arrow, show(*now)));
        }
        if range_before > 0.0 && (range_now / range_before - 1.0).abs() >= TELLING_SPREAD {
            let factor = range_now / range_before;
            parts.push(if factor < 2.0 {
                format!("spread {:+.0} %", (factor - 1.0) * 100.0)
            } else {
                format!("spread {} times as wide", approximate(factor))
            });
        }
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// The bins that changed most: those that came, those that went, or the largest difference.
    fn of_bins(&self, bins: &[BinReport]) -> Option<String> {
        let label = |bin: &BinReport| {
            if bin.label.is_empty() {
                "(empty)".to_owned()
            } else {
                shorten(&bin.label, 24, self.charset).into_owned()
            }
        };
        let mut by_change: Vec<&BinReport> =
            bins.iter().filter(|bin| bin.reference_ratio != bin.current_ratio).collect();
        let change = |bin: &BinReport| (bin.current_ratio - bin.reference_ratio).abs();
        by_change.sort_by(|a, b| change(b).total_cmp(&change(a)).then_with(|| a.label.cmp(&b.label)));
        let parts: Vec<String> = by_change
            .iter()
            .take(2)
            .map(|bin| match (bin.reference_ratio, bin.current_ratio) {
                (0.0, now) => format!("new {} {}", label(bin), percent(now)),
                (before, 0.0) => format!("gone {} (was {})", label(bin), percent(before)),
                (before, now) => {
                    format!("{} {} {} {}", label(bin), percent(before), self.arrow, percent(now))
                }
            })
            .collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

/// The relative change in brackets, where both values have the same sign.
fn relative(before: f64, now: f64) -> String {
    if before * now <= 0.0 {
        return String::new();
    }
    let factor = now / before;
    if factor >= 3.0 {
        format!(" ({} times)", approximate(factor))
    } else {
        format!(" ({:+.0} %)", (factor - 1.0) * 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn each_sort_of_change_has_its_words() {
        let report = fixture::report();
        let words: Vec<String> = report
            .columns
            .iter()
            .map(|column| format!("{}: {}", column.name, change_in_words(column, Charset::Unicode)))
            .collect();
        insta::assert_snapshot!(words.join("\n"));
    }

    #[test]
    fn columns_on_one_side_only_say_so() {
        let mut column = fixture::column("x");
        column.statistics = [Some(ColumnStatistics::default()), None];
        assert_eq!(change_in_words(&column, Charset::Ascii), "gone: the current data do not have it");
        column.statistics = [None, Some(ColumnStatistics::default())];
        assert_eq!(change_in_words(&column, Charset::Ascii), "new: the reference does not have it");
    }
}
