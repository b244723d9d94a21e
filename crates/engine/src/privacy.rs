//! Personal data leave the engine masked, unless it was asked to show them. Every outcome that shows values passes
//! through here on its way out, so that no form of it can forget to.

use std::collections::BTreeMap;

use driftline_detect::personal::{find, mask_text, mask_value};
use driftline_model::{
    Anomalies, CellReport, ColumnReport, ColumnStatistics, ContractOutcome, Finding, Personal, PersonalKind,
    PrivacySettings, Report, RuleOutcome, SideReport, SuggestedRule,
};
use driftline_profile::Side;

/// Shortest value that is looked for in sentences: shorter ones would be found within other words.
const LEAST_BYTES: usize = 3;
/// Values of all columns that are looked for in sentences.
const MOST_VALUES: usize = 2_000;
/// What stands for a bin whose ends are values.
const BIN: &str = "•••";

/// Which columns hold personal data, and what is masked of them.
pub(crate) struct Veil {
    /// What was found, by the name of the column.
    personal: BTreeMap<String, Personal>,
    shown: bool,
    /// Values of personal columns that an outcome shows, with what stands for them in its sentences.
    known: BTreeMap<String, String>,
}

impl Veil {
    /// Recognises the personal data of the sides of a run.
    pub(crate) fn of(sides: &[Side<'_>], settings: &PrivacySettings) -> Self {
        let mut personal: BTreeMap<String, Personal> = BTreeMap::new();
        for side in sides {
            for (column, found) in side.profile.columns().iter().zip(find(side)) {
                if let Some(found) = found {
                    personal.entry(column.name().to_owned()).or_insert(found);
                }
            }
        }
        Self { personal, shown: settings.show_personal, known: BTreeMap::new() }
    }

    /// The same with columns that are known to hold personal data.
    pub(crate) fn with(mut self, known: &[(String, Personal)]) -> Self {
        for (column, personal) in known {
            self.personal.entry(column.clone()).or_insert_with(|| personal.clone());
        }
        self
    }

    /// What personal data a column holds.
    pub(crate) fn found(&self, column: &str) -> Option<&Personal> {
        self.personal.get(column)
    }

    /// Names of the columns whose values are masked.
    pub(crate) fn masked_columns(&self) -> Vec<String> {
        if self.shown { Vec::new() } else { self.personal.keys().cloned().collect() }
    }

    fn masked_kind(&self, column: Option<&str>) -> Option<PersonalKind> {
        if self.shown { None } else { self.found(column?).map(|personal| personal.kind) }
    }

    /// Notes a value that sentences may repeat, and masks it.
    fn value(&mut self, column: Option<&str>, value: &mut String) {
        let Some(kind) = self.masked_kind(column) else { return };
        let masked = mask_value(kind, value);
        if value.len() >= LEAST_BYTES && self.known.len() < MOST_VALUES {
            self.known.insert(value.clone(), masked.clone());
        }
        *value = masked;
    }

    /// Masks the values that were noted, and what is recognised, in a sentence or a raw line.
    fn sentence(&self, text: &mut String) {
        if self.shown {
            return;
        }
        // The longest first: one value may be a part of another.
        let mut found: Vec<(&String, &String)> =
            self.known.iter().filter(|(value, _)| text.contains(value.as_str())).collect();
        found.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        for (value, masked) in found {
            *text = replaced(text, value, masked);
        }
        *text = mask_text(text).into_owned();
    }

    /// Masks a report.
    pub(crate) fn report(&mut self, report: &mut Report) {
        for column in &mut report.columns {
            column.personal = self.found(&column.name).cloned();
            self.column(column);
        }
        self.anomalies(&mut report.anomalies);
        if let Some(outcome) = &mut report.contract {
            self.examples(outcome);
        }
        for column in &mut report.columns {
            if let Some(reason) = &mut column.reason {
                self.sentence(reason);
            }
        }
        self.findings(&mut report.findings);
        self.findings(&mut report.violations);
        report.insights.iter_mut().for_each(|insight| self.sentence(&mut insight.text));
        self.sentence(&mut report.headline);
        if let Some(outcome) = &mut report.contract {
            self.outcome(outcome);
        }
        self.side(&mut report.reference);
        self.side(&mut report.current);
    }

    /// Masks what is said of columns, beside the report of them.
    pub(crate) fn messages<'a>(
        &mut self,
        columns: &[ColumnReport],
        messages: impl IntoIterator<Item = &'a mut String>,
    ) {
        if self.shown {
            return;
        }
        // A message repeats what the report of its column shows.
        columns.iter().cloned().for_each(|mut column| self.column(&mut column));
        messages.into_iter().for_each(|message| self.sentence(message));
    }

    /// The suggested rules that name no values of columns with personal data.
    pub(crate) fn rules(&self, rules: Vec<SuggestedRule>) -> Vec<SuggestedRule> {
        let names_values = |suggested: &SuggestedRule| {
            self.masked_kind(suggested.rule.column.as_deref()).is_some()
                && ["in_set", "between"].contains(&suggested.rule.rule.as_str())
        };
        rules.into_iter().filter(|suggested| !names_values(suggested)).collect()
    }

    /// Masks what came of a contract, with its findings and its headline.
    pub(crate) fn contract(
        &mut self,
        outcome: &mut ContractOutcome,
        violations: &mut [Finding],
        (side, headline): (&mut SideReport, &mut String),
    ) {
        self.examples(outcome);
        self.outcome(outcome);
        self.findings(violations);
        self.sentence(headline);
        self.side(side);
    }

    /// Masks suspected cells.
    pub(crate) fn cells(&mut self, report: &mut CellReport) {
        for suspect in &mut report.suspects {
            let column = Some(suspect.column.clone());
            self.value(column.as_deref(), &mut suspect.value);
            if let Some(suggestion) = &mut suspect.suggestion {
                self.value(column.as_deref(), suggestion);
            }
        }
        // A reason may quote a value of the column that decides.
        let is_masked = |name: &str| !self.shown && self.personal.contains_key(name);
        let decided_by: Vec<String> =
            report.dependencies.iter().map(|found| found.determinant.clone()).collect();
        for suspect in &mut report.suspects {
            let quotes = suspect.method == "dependency"
                && decided_by.iter().any(|name| is_masked(name) && suspect.reason.contains(name.as_str()));
            if quotes {
                suspect.reason = "not what another column of the row decides".to_owned();
            }
            self.sentence(&mut suspect.reason);
        }
        report.masked_columns = self.masked_columns();
        self.side(&mut report.table);
    }

    /// Masks the strangest rows.
    pub(crate) fn anomalies(&mut self, anomalies: &mut Anomalies) {
        for row in &mut anomalies.top {
            for cell in &mut row.cells {
                let column = Some(cell.column.clone());
                self.value(column.as_deref(), &mut cell.value);
                self.sentence(&mut cell.reason);
            }
        }
    }

    /// Masks raw lines.
    pub(crate) fn side(&self, side: &mut SideReport) {
        for row in &mut side.quarantine.examples {
            self.sentence(&mut row.raw);
            self.sentence(&mut row.reason);
        }
        let notes = side.reading.repairs.iter_mut().chain(&mut side.reading.asides);
        notes.flat_map(|note| &mut note.examples).for_each(|place| self.sentence(&mut place.raw));
    }

    /// Masks the figures of a column.
    pub(crate) fn statistics(&mut self, column: &str, statistics: &mut ColumnStatistics) {
        let Some(kind) = self.masked_kind(Some(column)) else { return };
        for (value, _) in &mut statistics.top {
            self.value(Some(column), value);
        }
        // A number of a person is no quantity: its least is somebody's. Lengths and dates tell of nobody.
        if kind != PersonalKind::DateOfBirth {
            (statistics.min, statistics.max, statistics.mean, statistics.std) = (None, None, None, None);
            statistics.quantiles.clear();
        }
    }

    fn column(&mut self, column: &mut ColumnReport) {
        let name = column.name.clone();
        let Some(kind) = self.masked_kind(Some(&name)) else { return };
        for statistics in column.statistics.iter_mut().flatten() {
            self.statistics(&name, statistics);
        }
        // Bins of texts are of their lengths, which tell of nobody.
        let is_text = column.statistics.iter().flatten().any(|statistics| statistics.lengths.is_some());
        for bin in &mut column.bins {
            let is_range = bin.lower.is_some() || bin.upper.is_some();
            let is_named = bin.label.starts_with('(') && bin.label.ends_with(')');
            if !is_range && !is_named {
                self.value(Some(&name), &mut bin.label);
            } else if is_range && kind != PersonalKind::DateOfBirth && !is_text {
                (bin.lower, bin.upper) = (None, None);
                BIN.clone_into(&mut bin.label);
            }
        }
    }

    fn findings(&self, findings: &mut [Finding]) {
        findings.iter_mut().for_each(|finding| self.sentence(&mut finding.message));
    }

    fn examples(&mut self, outcome: &mut ContractOutcome) {
        for rule in &mut outcome.rules {
            let column = rule.column.clone();
            rule.examples.iter_mut().for_each(|example| self.value(column.as_deref(), &mut example.value));
        }
    }

    fn outcome(&self, outcome: &mut ContractOutcome) {
        let sentences = |rule: &mut RuleOutcome| {
            self.sentence(&mut rule.message);
            self.sentence(&mut rule.promise);
            rule.examples.iter_mut().for_each(|example| self.sentence(&mut example.value));
        };
        outcome.rules.iter_mut().for_each(sentences);
    }
}

/// The text with a value replaced where it stands as a word of its own.
fn replaced(text: &str, value: &str, masked: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(value) {
        let (before, after) = rest.split_at(at);
        let after = after.strip_prefix(value).unwrap_or_default();
        let joins = before.chars().next_back().is_some_and(char::is_alphanumeric)
            || after.chars().next().is_some_and(char::is_alphanumeric);
        out.push_str(before);
        out.push_str(if joins { value } else { masked });
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_replaced_as_words() {
        assert_eq!(replaced("`Anna` and Annabel, Anna", "Anna", "A•••"), "`A•••` and Annabel, A•••");
    }
}
