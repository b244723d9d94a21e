//! Baselines as files in a workspace folder, and files that are written whole or not at all.
//!
//! Knows names, versions and bytes; what the bytes of a profile mean is for others to say. The clock comes in
//! as an argument.

mod atomic_file;
mod baseline;
mod error;
mod name;

pub use atomic_file::AtomicFile;
pub use baseline::{Baseline, BaselineVersion, Placement, VersionDetails, Workspace};
pub use error::StoreError;
pub use name::{BaselineName, BaselineReference};
