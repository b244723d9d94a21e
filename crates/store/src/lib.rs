//! What Driftline keeps: baselines as files in a workspace folder, files that are written whole or not at all, and
//! the database of the service.
//!
//! Knows names, versions and bytes; what the bytes of a profile mean is for others to say. The clock comes in
//! as an argument.

mod accounts;
mod alert_rules;
mod atomic_file;
mod audit;
mod baseline;
mod baseline_jobs;
mod channels;
mod check_list;
mod checks;
mod contracts;
mod copy;
mod database;
mod dataset_settings;
mod datasets;
mod deliveries;
mod error;
mod events;
mod findings;
mod incidents;
mod jobs;
mod monitors;
mod name;
mod notices;
mod previews;
mod secret;
mod workspace_settings;

pub use accounts::{Link, NewSession, OpenSession, OpenToken};
pub use alert_rules::{DueAlert, FindingKind, FindingLine, MAX_ALERT_RULES};
pub use atomic_file::AtomicFile;
pub use audit::{AuditFilter, AuditLine};
pub use baseline::{Baseline, BaselineVersion, Placement, VersionDetails, Workspace};
pub use baseline_jobs::StoredBaselineJob;
pub use channels::{MAX_CHANNELS, StoredChannel};
pub use check_list::{CheckFilter, DeletedCheck, OldCheck};
pub use checks::StoredCheck;
pub use database::{Change, Database, Dialect};
pub use dataset_settings::DatasetSettingsVersion;
pub use datasets::StoredDataset;
pub use deliveries::{Attempt, DeliveryFilter, DeliveryQueue, StoredDelivery};
pub use error::StoreError;
pub use findings::{FindingFilter, state_name};
pub use incidents::{IncidentFilter, Raised};
pub use jobs::{Lease, MAX_ATTEMPTS, QueueState};
pub use name::{BaselineName, BaselineReference};
pub use secret::{hexadecimal, new_id, new_secret, secret_hash};
pub use workspace_settings::SettingsVersion;
