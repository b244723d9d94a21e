//! What the way a table had to be read says about it.

use driftline_model::{Finding, FindingState, Severity, SideReport};

/// Confidence below which a decision about delimiter or encoding is a guess.
const GUESSED: f64 = 0.3;
/// Share of rows that were set aside or repaired from which a table was read badly.
const BADLY: f64 = 0.1;
/// The decisions on which all else stands.
const DECISIVE: [&str; 2] = ["delimiter", "encoding"];
/// A repair that changes nothing: delimiters behind the last column.
const HARMLESS: &str = "trailing_delimiter";

/// The findings about how a side was read. Any of them keeps a report from being quiet.
pub(crate) fn of_reading(side: &SideReport, what: &str) -> Vec<Finding> {
    [unreadable(side, what), repaired(side, what), other_table(side, what), badly(side, what)]
        .into_iter()
        .flatten()
        .chain(incomplete(side, what))
        .collect()
}

/// The findings that data ended before their time: whatever else is said is said of a part.
pub(crate) fn incomplete<'a>(side: &'a SideReport, what: &'a str) -> impl Iterator<Item = Finding> + 'a {
    side.broken_off.iter().map(move |cause| {
        let rows = side.rows;
        let message =
            format!("The {what} are not complete, only their first {rows} rows are judged: {cause}.");
        finding("ingest.incomplete", Severity::High, message)
    })
}

fn finding(code: &str, severity: Severity, message: String) -> Finding {
    Finding { code: code.to_owned(), severity, column: None, message, state: FindingState::Open }
}

#[expect(clippy::cast_precision_loss, reason = "a share")]
fn share(part: u64, all: u64) -> f64 {
    part as f64 / all.max(1) as f64
}

fn by_share(share: f64) -> Severity {
    match share {
        0.1.. => Severity::High,
        0.01.. => Severity::Medium,
        _ => Severity::Low,
    }
}

/// The finding that rows could not be read: below one in a hundred worth knowing, from one in ten on the data
/// are not what they claim to be.
fn unreadable(side: &SideReport, what: &str) -> Option<Finding> {
    let rejected = side.quarantine.rows;
    if rejected == 0 {
        return None;
    }
    let share = share(rejected, side.rows + rejected);
    let severity = by_share(share);
    let (rows, are) = if rejected == 1 { ("row", "was") } else { ("rows", "were") };
    let message = format!(
        "{rejected} {rows} of the {what} ({:.2} %) could not be read and {are} set aside.",
        share * 100.0
    );
    Some(finding("ingest.unreadable_rows", severity, message))
}

/// Rows that were repaired; that delimiters stand behind the last column is worth knowing and no more.
fn repaired(side: &SideReport, what: &str) -> Option<Finding> {
    let all = side.reading.repaired_rows();
    if all == 0 {
        return None;
    }
    let kinds: Vec<String> = side
        .reading
        .repairs
        .iter()
        .map(|note| format!("{} ({})", note.kind.replace('_', " "), note.count))
        .collect();
    let share = share(wounded(side), side.rows);
    let (rows, were) = if all == 1 { ("row", "was") } else { ("rows", "were") };
    let message = format!("{all} {rows} of the {what} {were} repaired while reading: {}.", kinds.join(", "));
    Some(finding("ingest.repaired", by_share(share), message))
}

/// Rows that were repaired in a way that could be wrong.
fn wounded(side: &SideReport) -> u64 {
    side.reading.repairs.iter().filter(|note| note.kind != HARMLESS).map(|note| note.count).sum()
}

fn other_table(side: &SideReport, what: &str) -> Option<Finding> {
    let lines = side.reading.aside("other_table");
    (lines > 0).then(|| {
        let message =
            format!("The {what} hold more than one table: {lines} lines behind the first were left out.");
        finding("ingest.other_table", Severity::Medium, message)
    })
}

/// That the table may have been understood wrongly: a guess that all else stands on, or many rows set aside or
/// repaired.
fn badly(side: &SideReport, what: &str) -> Option<Finding> {
    let guess = side
        .reading
        .decisions
        .iter()
        .filter(|decision| DECISIVE.contains(&decision.subject.as_str()))
        .find(|decision| decision.confidence < GUESSED);
    if let Some(guess) = guess {
        let message = format!(
            "How the {what} are written is a guess: {} `{}` with a confidence of {:.0} %. Give it as an option.",
            guess.subject,
            guess.value,
            100.0 * guess.confidence
        );
        return Some(finding("ingest.read_badly", Severity::Medium, message));
    }
    let hurt = side.quarantine.rows + wounded(side);
    let share = share(hurt, side.rows + side.quarantine.rows);
    (share >= BADLY).then(|| {
        let message = format!(
            "{:.0} % of the rows of the {what} had to be repaired or set aside: the table was read badly.",
            100.0 * share
        );
        finding("ingest.read_badly", Severity::High, message)
    })
}

#[cfg(test)]
mod tests {
    use driftline_model::{ReadDecision, ReadNote, Reading};

    use super::*;

    fn side(repairs: &[(&str, u64)], confidence: f64) -> SideReport {
        let note = |(kind, count): &(&str, u64)| ReadNote {
            kind: (*kind).to_owned(),
            count: *count,
            examples: Vec::new(),
        };
        let decision = ReadDecision {
            subject: "delimiter".to_owned(),
            value: ";".to_owned(),
            confidence,
            reason: String::new(),
        };
        let reading = Reading {
            decisions: vec![decision],
            repairs: repairs.iter().map(note).collect(),
            asides: Vec::new(),
        };
        SideReport { rows: 100, reading, ..SideReport::default() }
    }

    fn codes(side: &SideReport) -> Vec<(String, Severity)> {
        of_reading(side, "data").into_iter().map(|finding| (finding.code, finding.severity)).collect()
    }

    #[test]
    fn what_was_read_badly_is_a_finding() {
        assert_eq!(codes(&side(&[], 0.9)), []);
        assert_eq!(
            codes(&side(&[("trailing_delimiter", 100)], 0.9)),
            [("ingest.repaired".to_owned(), Severity::Low)]
        );
        let found = codes(&side(&[("stray_quote", 20)], 0.9));
        assert_eq!(found[0], ("ingest.repaired".to_owned(), Severity::High));
        assert_eq!(found[1], ("ingest.read_badly".to_owned(), Severity::High));
        assert_eq!(codes(&side(&[], 0.1)), [("ingest.read_badly".to_owned(), Severity::Medium)]);
    }
}
