//! What a reader did with lines that are not as they should be, for every format that shows it.

use driftline_model::{ReadNote, ReadPlace, RejectedRow, Report, SideReport};

use crate::thousands;

/// What was done with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It could not be read and is in quarantine.
    SetAside,
    /// It was put right and is a row of the table.
    Repaired,
    /// It is no row of the table.
    LeftOut,
}

impl Fate {
    /// The word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::SetAside => "set aside",
            Self::Repaired => "repaired",
            Self::LeftOut => "left out",
        }
    }
}

/// Lines that met the same fate for the same reason.
pub(crate) struct Incident<'a> {
    pub(crate) fate: Fate,
    /// What is the matter with them, in words; those set aside have a reason each.
    pub(crate) words: &'a str,
    /// How many.
    pub(crate) count: u64,
    /// The first of them.
    pub(crate) lines: Vec<Line<'a>>,
}

/// A line in its source.
pub(crate) struct Line<'a> {
    pub(crate) source: &'a str,
    pub(crate) row: u64,
    pub(crate) byte_offset: u64,
    /// Why this very line was set aside; of others the reason is that of all.
    pub(crate) reason: Option<&'a str>,
    pub(crate) raw: &'a str,
}

impl<'a> Line<'a> {
    fn rejected(row: &'a RejectedRow) -> Self {
        let RejectedRow { source, row, byte_offset, reason, raw } = row;
        Self { source, row: *row, byte_offset: *byte_offset, reason: Some(reason), raw }
    }

    fn noted(place: &'a ReadPlace) -> Self {
        let ReadPlace { source, row, byte_offset, raw } = place;
        Self { source, row: *row, byte_offset: *byte_offset, reason: None, raw }
    }

    /// The number of the record; nothing above the first one.
    pub(crate) fn row_shown(&self) -> Option<u64> {
        (self.row > 0).then_some(self.row)
    }
}

/// Everything that happened to lines of a table: the gravest first.
pub(crate) fn incidents(side: &SideReport) -> Vec<Incident<'_>> {
    let quarantine = (side.quarantine.rows > 0).then(|| Incident {
        fate: Fate::SetAside,
        words: "rows that could not be read",
        count: side.quarantine.rows,
        lines: side.quarantine.examples.iter().map(Line::rejected).collect(),
    });
    let repairs = side.reading.repairs.iter().map(|note| noted(Fate::Repaired, note));
    let asides = side.reading.asides.iter().map(|note| noted(Fate::LeftOut, note));
    quarantine.into_iter().chain(repairs).chain(asides).collect()
}

fn noted(fate: Fate, note: &ReadNote) -> Incident<'_> {
    let lines = note.examples.iter().map(Line::noted).collect();
    Incident { fate, words: note.words(), count: note.count, lines }
}

/// `3 rows set aside, 12 rows repaired, 1 line left out`; nothing when every line is a row as it stands.
pub(crate) fn tally(side: &SideReport) -> Option<String> {
    let of = |fate: Fate, count: u64, noun: &str| {
        let s = if count == 1 { "" } else { "s" };
        (count > 0).then(|| format!("{} {noun}{s} {}", thousands(count), fate.word()))
    };
    let parts: Vec<String> = [
        of(Fate::SetAside, side.quarantine.rows, "row"),
        of(Fate::Repaired, side.reading.repaired_rows(), "row"),
        of(Fate::LeftOut, side.reading.lines_aside(), "line"),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Both sides with the title of what is told of their lines: what was judged stands first.
pub(crate) fn sides(report: &Report) -> [(&'static str, &SideReport); 2] {
    [("How the current data were read", &report.current), ("How the reference was read", &report.reference)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn everything_is_told_in_words_the_gravest_first() {
        let report = fixture::report();
        let told: Vec<(&str, &str, u64)> = incidents(&report.current)
            .iter()
            .map(|incident| (incident.fate.word(), incident.words, incident.count))
            .collect();
        let wanted = [
            ("set aside", "rows that could not be read", 3),
            (
                "repaired",
                "a quote that stood where none may stand, or was never closed, was read as text",
                1_204,
            ),
            ("left out", "lines above the table", 1),
        ];
        assert_eq!(told, wanted);
        let tally = tally(&report.current).unwrap();
        assert_eq!(tally, "3 rows set aside, 1,204 rows repaired, 1 line left out");
        assert_eq!(super::tally(&report.reference), None);
    }
}
