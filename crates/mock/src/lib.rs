//! A believable source of data with planted trouble.
//!
//! The rows are pure functions of the settings and their number ([`Generator`]), so that any page or moment can be
//! asked for again, in any order, on any machine. [`Mock`] serves them over HTTP, and tells what was planted.
//!
//! Knows nothing of the rest of Driftline but its seeded randomness: what it plants must not depend on how it is
//! found.

mod cell;
mod data;
mod draw;
mod fault;
mod generator;
mod http;
pub mod moment;
mod row;
mod settings;
mod timeline;
mod truth;

pub use cell::Cell;
pub use data::{Column, Data, Holds, Measure};
pub use fault::{
    DEFAULT_SCHEDULE, Dial, FAULT_KINDS, Fault, FaultInfo, FaultKind, FaultText, FieldError, Schedule,
    ScheduleError, Start, Target,
};
pub use generator::{Generator, Rows};
pub use http::Mock;
pub use row::{Header, Row};
pub use settings::{GeneratorSettings, MAX_RATE, MAX_SPEED, MockError, MockSettings};
pub use truth::{Truth, TruthEntry, TruthWindow};
