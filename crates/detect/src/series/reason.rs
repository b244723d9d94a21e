use std::fmt;

use serde::{Deserialize, Serialize};

/// On which side of what is usual a value lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Above.
    Above,
    /// Below.
    Below,
}

impl Side {
    pub(super) fn of(off: f64) -> Self {
        if off < 0.0 { Self::Below } else { Self::Above }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Above => "above",
            Self::Below => "below",
        })
    }
}

/// Why a value is strange: the part that spoke loudest. Displays as a sentence without its full stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum SeriesReason {
    /// Far from what is usual at this hour of the week.
    Hour {
        /// Which way.
        side: Side,
        /// Day of the week, Monday = 0.
        weekday: u8,
        /// Hour of the day.
        hour: u8,
    },
    /// Far from the other values of this hour, the first of its kind.
    ThisHour {
        /// Which way.
        side: Side,
    },
    /// Far from the long-run level.
    Level {
        /// Which way.
        side: Side,
    },
    /// All of the last values lie far from the long-run level.
    Shift {
        /// Which way.
        side: Side,
        /// How many.
        values: u64,
    },
    /// The last values together lie further from what was expected than chance takes them.
    Together {
        /// Which way.
        side: Side,
        /// How many.
        values: u64,
    },
    /// The last values run like nothing before.
    Course {
        /// How many.
        values: u64,
    },
    /// The value has not moved for longer than ever.
    NoMovement {
        /// For how many values.
        values: u64,
    },
    /// Values are missing, more of them in a row than ever.
    Missing {
        /// How many.
        values: u64,
    },
}

const WEEKDAYS: [&str; 7] =
    ["Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"];

/// A day of the week in the plural, Monday = 0.
pub(super) fn weekday_name(weekday: u8) -> &'static str {
    WEEKDAYS.get(usize::from(weekday)).copied().unwrap_or("such days")
}

impl fmt::Display for SeriesReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Hour { side, weekday, hour } => {
                let day = weekday_name(weekday);
                write!(f, "far {side} what is usual on {day} at {hour:02}:00")
            }
            Self::ThisHour { side } => write!(f, "far {side} the other values of this hour"),
            Self::Level { side } => write!(f, "far {side} its long-run level"),
            Self::Shift { side, values } => {
                write!(f, "level shift: the last {values} values all lie far {side} the long-run level")
            }
            Self::Together { side, values } => {
                write!(f, "the last {values} values together lie {side} what was expected, beyond chance")
            }
            Self::Course { values } => write!(f, "the last {values} values run like nothing before"),
            Self::NoMovement { values } => write!(f, "no movement for {values} values"),
            Self::Missing { values: 1 } => f.write_str("the value is missing"),
            Self::Missing { values } => write!(f, "{values} values in a row are missing"),
        }
    }
}
