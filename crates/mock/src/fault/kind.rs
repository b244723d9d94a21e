//! The table of faults that can be planted. A new one is a row here and an arm in [`super::edit`], in the timeline
//! (for what changes how many rows there are) or in the HTTP side (for what happens to requests).

/// What can be planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// All numbers of a column move.
    MeanShift,
    /// The numbers of a column scatter more or less.
    ScaleChange,
    /// One word of a column becomes more frequent.
    MixChange,
    /// Values are missing.
    NullRate,
    /// A word that was never there.
    NewCategory,
    /// Another unit.
    UnitChange,
    /// Single strange numbers.
    Outliers,
    /// A column stands still.
    StuckValue,
    /// Rows come twice.
    DuplicateRows,
    /// Numbers come as text.
    TypeFlip,
    /// A column has another name.
    ColumnRenamed,
    /// A column is not there.
    ColumnDropped,
    /// One more column.
    ColumnAdded,
    /// Fewer rows.
    VolumeDrop,
    /// More rows.
    VolumeSpike,
    /// No rows.
    Outage,
    /// Requests fail.
    HttpErrors,
    /// Answers take long.
    SlowAnswers,
    /// Lines are cut off.
    Garbage,
    /// Rows tell of a time that is over.
    LateRows,
    /// The clock of the source is wrong.
    ClockJump,
}

/// Which column a fault needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A column of any kind.
    Any,
    /// A column of numbers.
    Number,
    /// A column of words.
    Words,
    /// The whole rows of some data.
    Rows,
    /// Requests; for all data when none are named.
    Requests,
}

/// A number that a fault takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dial {
    /// What it means.
    pub means: &'static str,
    /// Least value.
    pub min: f64,
    /// Greatest value.
    pub max: f64,
    /// What it is when nothing is said.
    pub default: f64,
}

/// What is known of a kind of fault.
#[derive(Debug, Clone, Copy)]
pub struct FaultInfo {
    /// Which it is.
    pub kind: FaultKind,
    /// The word in schedules and in the truth.
    pub id: &'static str,
    /// What it does, in a sentence.
    pub summary: &'static str,
    /// Which column it needs.
    pub target: Target,
    /// `strength`.
    pub strength: Option<Dial>,
    /// `share`: how many rows or requests it meets.
    pub share: Option<Dial>,
    /// `value`: what it means; none when it takes none.
    pub value: Option<&'static str>,
    /// Whether `value` must be given.
    pub value_needed: bool,
    /// What grows over `ramp`; none when it takes none.
    pub ramp: Option<&'static str>,
    /// Whether the truth lists the single rows.
    pub single_rows: bool,
    /// How it stands in a schedule.
    pub example: &'static str,
}

const fn dial(means: &'static str, (min, max): (f64, f64), default: f64) -> Option<Dial> {
    Some(Dial { means, min, max, default })
}

const ROWS_MET: &str = "share of the rows";
const SHARE: (f64, f64) = (0.0, 1.0);

/// A kind that takes nothing but a column.
const fn plain(kind: FaultKind, id: &'static str, target: Target, texts: [&'static str; 2]) -> FaultInfo {
    let [summary, example] = texts;
    FaultInfo {
        kind,
        id,
        summary,
        target,
        strength: None,
        share: None,
        value: None,
        value_needed: false,
        ramp: None,
        single_rows: false,
        example,
    }
}

/// All kinds, in the order of the book.
pub static FAULT_KINDS: [FaultInfo; 21] = [
    FaultInfo {
        strength: dial("how far, in usual spreads of the column", (-100.0, 100.0), 2.0),
        ramp: Some("the distance"),
        ..plain(
            FaultKind::MeanShift,
            "mean_shift",
            Target::Number,
            ["All numbers of the column move.", "column = \"amount\"\nstrength = 1.5"],
        )
    },
    FaultInfo {
        strength: dial("factor of the distance from the usual mean", (0.0, 100.0), 3.0),
        ramp: Some("the factor, from 1"),
        ..plain(
            FaultKind::ScaleChange,
            "scale_change",
            Target::Number,
            [
                "The numbers of the column scatter more (or less) around their usual mean.",
                "column = \"temperature\"\nstrength = 3.0",
            ],
        )
    },
    FaultInfo {
        strength: dial("share of the rows that get this word", SHARE, 0.4),
        value: Some("the word; when nothing is said, one that the column knows"),
        ramp: Some("the share"),
        ..plain(
            FaultKind::MixChange,
            "mix_change",
            Target::Words,
            [
                "One word of the column becomes more frequent at the cost of all others.",
                "column = \"payment\"\nvalue = \"invoice\"\nstrength = 0.5",
            ],
        )
    },
    FaultInfo {
        strength: dial("share of the rows without a value", SHARE, 0.3),
        ramp: Some("the share"),
        ..plain(
            FaultKind::NullRate,
            "null_rate",
            Target::Any,
            ["Values of the column are missing.", "column = \"country\"\nstrength = 0.2"],
        )
    },
    FaultInfo {
        strength: dial("share of the rows that get the new word", SHARE, 0.1),
        value: Some("the new word; `unheard_of` when nothing is said"),
        ramp: Some("the share"),
        ..plain(
            FaultKind::NewCategory,
            "new_category",
            Target::Words,
            [
                "A word comes up that was never there.",
                "column = \"country\"\nvalue = \"PT\"\nstrength = 0.15",
            ],
        )
    },
    FaultInfo {
        strength: dial("factor; takes no part with a `value`", (1e-6, 1e6), 100.0),
        value: Some("`fahrenheit`: degrees Celsius become degrees Fahrenheit"),
        ramp: Some("the share of rows in the new unit"),
        ..plain(
            FaultKind::UnitChange,
            "unit_change",
            Target::Number,
            [
                "The column is in another unit: cents for euros, Fahrenheit for Celsius.",
                "column = \"temperature\"\nvalue = \"fahrenheit\"",
            ],
        )
    },
    FaultInfo {
        strength: dial("how far out, in usual spreads of the column", (0.0, 1_000.0), 12.0),
        share: dial(ROWS_MET, SHARE, 0.01),
        ramp: Some("the share"),
        single_rows: true,
        ..plain(
            FaultKind::Outliers,
            "outliers",
            Target::Number,
            [
                "Single numbers of the column lie far out, to either side.",
                "column = \"latency_ms\"\nstrength = 20.0\nshare = 0.005",
            ],
        )
    },
    plain(
        FaultKind::StuckValue,
        "stuck_value",
        Target::Any,
        [
            "The column stands still at the value that it had when the fault began.",
            "column = \"pressure\"\nonly = \"device=dev-07\"",
        ],
    ),
    FaultInfo {
        strength: dial("share of the rows that are the row before once more", (0.0, 0.9), 0.1),
        ramp: Some("the share"),
        single_rows: true,
        ..plain(
            FaultKind::DuplicateRows,
            "duplicate_rows",
            Target::Rows,
            ["Rows come twice, in full, in place of new ones.", "strength = 0.05"],
        )
    },
    FaultInfo {
        strength: dial("share of the rows", SHARE, 1.0),
        value: Some("what stands behind the number; when nothing is said, the unit of the column"),
        ramp: Some("the share"),
        ..plain(
            FaultKind::TypeFlip,
            "type_flip",
            Target::Number,
            ["Numbers come as text, with a unit behind them.", "column = \"unit_price\"\nstrength = 0.5"],
        )
    },
    FaultInfo {
        value: Some("the new name"),
        value_needed: true,
        ..plain(
            FaultKind::ColumnRenamed,
            "column_renamed",
            Target::Any,
            ["The column has another name.", "column = \"device\"\nvalue = \"device_type\""],
        )
    },
    plain(
        FaultKind::ColumnDropped,
        "column_dropped",
        Target::Any,
        ["The column is not there.", "column = \"coupon\""],
    ),
    FaultInfo {
        value: Some("the name of the new column"),
        value_needed: true,
        ..plain(
            FaultKind::ColumnAdded,
            "column_added",
            Target::Rows,
            ["One more column, of the words `a`, `b` and `c`, behind all others.", "value = \"experiment\""],
        )
    },
    FaultInfo {
        strength: dial("share of the rows that do not come", SHARE, 0.7),
        ramp: Some("the share"),
        ..plain(FaultKind::VolumeDrop, "volume_drop", Target::Rows, ["Fewer rows come.", "strength = 0.8"])
    },
    FaultInfo {
        strength: dial("factor", (1.0, 100.0), 3.0),
        ramp: Some("the factor, from 1"),
        ..plain(FaultKind::VolumeSpike, "volume_spike", Target::Rows, ["More rows come.", "strength = 5.0"])
    },
    plain(FaultKind::Outage, "outage", Target::Rows, ["No rows come.", ""]),
    FaultInfo {
        strength: dial("share of the requests", SHARE, 0.5),
        value: Some("the status: 500, 502, 503 or 429; `503` when nothing is said"),
        ramp: Some("the share"),
        ..plain(
            FaultKind::HttpErrors,
            "http_errors",
            Target::Requests,
            [
                "Requests fail; 503 and 429 say with `Retry-After` when to come back.",
                "value = \"429\"\nstrength = 0.3",
            ],
        )
    },
    FaultInfo {
        strength: dial("seconds until the answer, of the clock on the wall", (0.0, 60.0), 2.0),
        share: dial("share of the requests", SHARE, 1.0),
        ramp: Some("the seconds"),
        ..plain(
            FaultKind::SlowAnswers,
            "slow_answers",
            Target::Requests,
            ["Answers take long.", "strength = 5.0\nshare = 0.5"],
        )
    },
    FaultInfo {
        strength: dial("share of the lines, and of the pages", SHARE, 0.02),
        ramp: Some("the share"),
        single_rows: true,
        ..plain(
            FaultKind::Garbage,
            "garbage",
            Target::Rows,
            [
                "Lines are cut off in the middle (NDJSON, events, CSV); a page with such a row ends there.",
                "strength = 0.01",
            ],
        )
    },
    FaultInfo {
        strength: dial("how late at most, in seconds; half of it at least", (0.0, 1e7), 600.0),
        share: dial(ROWS_MET, SHARE, 0.1),
        ramp: Some("the share"),
        single_rows: true,
        ..plain(
            FaultKind::LateRows,
            "late_rows",
            Target::Rows,
            ["Rows come late: the time in them is over when they come.", "strength = 900.0\nshare = 0.05"],
        )
    },
    FaultInfo {
        strength: dial("by how many seconds the clock is ahead (or, below 0, behind)", (-1e9, 1e9), 3_600.0),
        ramp: Some("the seconds"),
        ..plain(
            FaultKind::ClockJump,
            "clock_jump",
            Target::Rows,
            ["The clock of the source is wrong: all times in the rows are off.", "strength = -7200.0"],
        )
    },
];

impl FaultKind {
    /// What is known of it.
    pub fn info(self) -> &'static FaultInfo {
        FAULT_KINDS.iter().find(|info| info.kind == self).unwrap_or(&FAULT_KINDS[0])
    }

    /// The word in schedules.
    pub fn id(self) -> &'static str {
        self.info().id
    }

    /// The kind of a word.
    pub fn named(id: &str) -> Option<&'static FaultInfo> {
        FAULT_KINDS.iter().find(|info| info.id == id)
    }

    /// Whether it changes how many rows come.
    pub(crate) fn is_volume(self) -> bool {
        matches!(self, Self::VolumeDrop | Self::VolumeSpike | Self::Outage)
    }

    /// Whether it changes which columns there are.
    pub(crate) fn is_schema(self) -> bool {
        matches!(self, Self::ColumnRenamed | Self::ColumnDropped | Self::ColumnAdded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        let mut ids: Vec<&str> = FAULT_KINDS.iter().map(|info| info.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), FAULT_KINDS.len());
        for info in &FAULT_KINDS {
            assert_eq!(info.kind.info().id, info.id);
            for dial in [info.strength, info.share].into_iter().flatten() {
                assert!((dial.min..=dial.max).contains(&dial.default), "{}", info.id);
            }
            assert!(info.value.is_some() || !info.value_needed);
        }
    }
}
