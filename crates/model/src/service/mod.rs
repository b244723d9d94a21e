//! What the service keeps and hands out: the resources of its API.
//!
//! Every moment is in milliseconds since 1970-01-01T00:00:00 UTC (`..._ms`), every id a text that sorts by age.

mod account;
mod audit;
mod baseline;
mod check;
mod contract;
mod dataset;
mod event;
mod finding;
mod job;
mod page;

pub use account::{
    Invitation, Member, NewToken, Role, Session, SignedIn, Token, TokenWithSecret, User, Workspace,
};
pub use audit::{AuditEntry, AuditOutcome, ChainReport};
pub use baseline::{BaselineSummary, BaselineVersionSummary};
pub use check::{Check, CheckProgress, CheckRequestBody, CheckSide, CheckState};
pub use contract::{ContractDetails, ContractSummary, ContractVersion};
pub use dataset::{Dataset, DatasetDetails, DatasetState, Upload, UploadState};
pub use event::Event;
pub use finding::{Activity, Comment, FindingChange, FindingRecord};
pub use job::{Job, JobState};
pub use page::{Page, PageRequest};
