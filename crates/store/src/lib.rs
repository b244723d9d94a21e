//! What Driftline keeps: baselines as files in a workspace folder, files that are written whole or not at all, and
//! the database of the service.
//!
//! Knows names, versions and bytes; what the bytes of a profile mean is for others to say. The clock comes in
//! as an argument.

mod accounts;
mod atomic_file;
mod audit;
mod baseline;
mod checks;
mod contracts;
mod database;
mod datasets;
mod error;
mod events;
mod findings;
mod jobs;
mod name;
mod secret;
mod workspace_settings;

pub use accounts::{Link, NewSession, OpenSession, OpenToken};
pub use atomic_file::AtomicFile;
pub use audit::AuditLine;
pub use baseline::{Baseline, BaselineVersion, Placement, VersionDetails, Workspace};
pub use checks::StoredCheck;
pub use database::{Change, Database, Dialect};
pub use datasets::StoredDataset;
pub use error::StoreError;
pub use findings::state_name;
pub use jobs::{Lease, MAX_ATTEMPTS, QueueState};
pub use name::{BaselineName, BaselineReference};
pub use secret::{hexadecimal, new_id, new_secret, secret_hash};
pub use workspace_settings::SettingsVersion;
