//! Runs a check: from sources to a report, within its memory, with progress, and stoppable at any time.
//!
//! Knows nothing of how a report is shown or kept.

mod anomalies;
mod cancel;
mod check;
mod contract;
mod contract_infer;
mod deciding;
mod error;
mod event;
mod governor;
mod guard;
mod halt;
mod headline;
mod input;
mod inspect;
mod ledger;
mod memory;
mod profile_file;
mod profiling;
mod scan;
mod score_sink;
mod scoring;
mod validate;

pub use anomalies::{AnomaliesRequest, AnomalyOutcome, anomalies};
pub use cancel::CancelToken;
pub use check::{CheckRequest, check, check_with_contract};
pub use contract::{ContractCheckRequest, ContractInput, check_contract};
pub use contract_infer::{InferRequest, InferredContract, infer_contract};
pub use error::EngineError;
pub use event::{Event, Observer, Phase, Progress, Silent};
pub use input::{Input, read_options, single_byte};
pub use inspect::{Inspection, inspect};
pub use memory::{MemoryBudget, available_bytes, peak_bytes, resident_bytes};
pub use profile_file::ProfileFile;
pub use profiling::{ProfileRequest, profile};
pub use validate::validate;
