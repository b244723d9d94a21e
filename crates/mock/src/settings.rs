//! What a mock is told, and what can be wrong with it.

use thiserror::Error;

use crate::data::Data;
use crate::fault::{FieldError, Schedule};

/// What the data follow from. The same settings give the same rows, always and everywhere.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneratorSettings {
    /// Seed of everything that is drawn.
    pub seed: u64,
    /// Rows in a second of the data's own time, on average over a week.
    pub rate: f64,
    /// When the schedule starts, in thousandths of a second since 1970.
    pub start_ms: i64,
    /// How much there is before the start: the first row comes so long before it.
    pub history_ms: i64,
    /// What is planted.
    pub schedule: Schedule,
}

/// What a mock API is told.
#[derive(Debug, Clone, PartialEq)]
pub struct MockSettings {
    /// What the data follow from.
    pub generator: GeneratorSettings,
    /// How much faster the data's time runs than the clock on the wall.
    pub speed: f64,
    /// Which data are served.
    pub data: Vec<Data>,
    /// What callers have to show as `Authorization: Bearer`; nothing without.
    pub token: Option<String>,
    /// Requests in a second, of all callers together; as many as they like without.
    pub requests_per_sec: Option<f64>,
    /// Streams at the same time.
    pub max_streams: usize,
    /// Most rows in a page.
    pub max_page: usize,
}

/// Why a mock cannot be.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum MockError {
    /// A rate that no clock could follow.
    #[error("rate is {0}: rows per second, more than 0 and at most {MAX_RATE}")]
    Rate(f64),
    /// A speed that no clock could follow.
    #[error("speed is {0}: a factor, more than 0 and at most {MAX_SPEED}")]
    Speed(f64),
    /// A moment too far away.
    #[error("start or history is out of range: years 1 to 9000, at most ten years of history")]
    Moment,
    /// Nothing to serve.
    #[error("no data: one or several of orders, sensors, web")]
    Nothing,
    /// Fewer requests than none.
    #[error("requests per second is {0}: a number above 0")]
    Requests(f64),
    /// A fault that cannot be planted.
    #[error(transparent)]
    Fault(#[from] FieldError),
    /// More faults than are planted at once.
    #[error("there are {0} faults already: take one away first")]
    TooManyFaults(usize),
    /// There is none of this name.
    #[error("there is no fault `{0}`")]
    NoFault(String),
}

/// Most rows in a second.
pub const MAX_RATE: f64 = 1e6;
/// Fastest time: a year in half a minute.
pub const MAX_SPEED: f64 = 1e6;

impl Default for GeneratorSettings {
    fn default() -> Self {
        Self {
            seed: 0,
            rate: 10.0,
            // The first of January 2024, a Monday, at noon: everything is awake.
            start_ms: 1_704_110_400_000,
            history_ms: 0,
            schedule: Schedule::of_the_demo(),
        }
    }
}

impl Default for MockSettings {
    fn default() -> Self {
        Self {
            generator: GeneratorSettings::default(),
            speed: 1.0,
            data: Data::ALL.to_vec(),
            token: None,
            requests_per_sec: None,
            max_streams: 64,
            max_page: 1_000,
        }
    }
}

impl GeneratorSettings {
    /// Whether these can stand.
    ///
    /// # Errors
    /// A [`MockError`] that names what cannot.
    pub(crate) fn check(&self) -> Result<(), MockError> {
        if !(self.rate > 0.0 && self.rate <= MAX_RATE) {
            return Err(MockError::Rate(self.rate));
        }
        // Years 1 and 9000; the history is part of what the timeline holds.
        let is_near = (-62_135_596_800_000..221_845_392_000_000).contains(&self.start_ms);
        let ten_years = 3_653 * crate::moment::DAY_MS;
        if is_near && (0..=ten_years).contains(&self.history_ms) { Ok(()) } else { Err(MockError::Moment) }
    }
}

impl MockSettings {
    pub(crate) fn check(&self) -> Result<(), MockError> {
        self.generator.check()?;
        if !(self.speed > 0.0 && self.speed <= MAX_SPEED) {
            return Err(MockError::Speed(self.speed));
        }
        match self.requests_per_sec {
            Some(rate) if !(rate > 0.0 && rate.is_finite()) => Err(MockError::Requests(rate)),
            _ if self.data.is_empty() => Err(MockError::Nothing),
            _ => Ok(()),
        }
    }
}
