//! One file a resource.

pub(crate) mod audit;
pub(crate) mod baseline_jobs;
pub(crate) mod baselines;
pub(crate) mod catalogue;
pub(crate) mod checks;
pub(crate) mod comparison;
pub(crate) mod contracts;
pub(crate) mod dataset_settings;
pub(crate) mod datasets;
pub(crate) mod events;
pub(crate) mod findings;
pub(crate) mod health;
pub(crate) mod incidents;
pub(crate) mod monitors;
pub(crate) mod notices;
pub(crate) mod oidc;
pub(crate) mod preview;
pub(crate) mod reference;
pub(crate) mod session;
pub(crate) mod settings;
pub(crate) mod system;
pub(crate) mod tokens;
pub(crate) mod uploads;
pub(crate) mod users;
pub(crate) mod workspaces;
