//! Runs a check: from sources to a report, within its memory, with progress, and stoppable at any time.
//!
//! Knows nothing of how a report is shown or kept.

mod anomalies;
mod cancel;
mod cells;
mod check;
mod contract;
mod contract_infer;
mod contract_sql;
mod deciding;
mod error;
mod event;
mod governor;
mod guard;
mod halt;
mod headline;
mod input;
mod inspect;
mod kept;
mod ledger;
pub mod live;
mod memory;
mod pacing;
mod partial;
mod preview;
mod privacy;
mod profile_file;
mod profiling;
mod reading;
mod replay;
mod replay_course;
mod scan;
mod score_sink;
mod scoring;
pub mod spread;
mod validate;

pub use anomalies::{AnomaliesRequest, AnomalyOutcome, anomalies};
pub use cancel::CancelToken;
pub use cells::{CellsRequest, cells};
pub use check::{CheckRequest, check, check_and_keep, check_spread, check_with_cells, check_with_contract};
pub use contract::{ContractCheckRequest, ContractInput, check_contract};
pub use contract_infer::{InferRequest, InferredContract, infer_contract};
pub use contract_sql::read_contract;
pub use error::EngineError;
pub use event::{Event, Observer, Phase, Progress, Silent};
pub use input::{Input, QueryInput, read_options, shown, single_byte};
pub use inspect::{Inspection, held_as, inspect};
pub use kept::KeptProfiles;
pub use memory::{MemoryBudget, available_bytes, peak_bytes, resident_bytes};
pub use preview::{Preview, preview};
pub use profile_file::{ColumnFacts, ProfileFile, ProfileSummary};
pub use profiling::{CombinedRequest, ProfileRequest, profile, profile_combined};
pub use replay::{ReplayRequest, replay};
pub use validate::validate;
