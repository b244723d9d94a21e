//! The service: an HTTP API over the store and the engine.
//!
//! Knows nothing of how a divergence is computed. One request goes: middleware (`policy.rs`: who asks, may they,
//! how often), a handler in `routes/`, the store. Work that takes long is a job (`work/`), taken from the
//! database by workers, so that it outlives a crash.

mod accounts;
mod alerting;
mod answered;
mod at_once;
mod baseline_summary;
mod blobs;
mod caller;
mod check_deletion;
mod config;
mod cookies;
mod dashboard;
mod error;
mod finding_change;
mod found_cells;
mod limits;
mod live;
mod logging;
mod metrics;
mod metrics_text;
mod notify;
mod oidc;
mod openapi;
mod password;
mod policy;
mod previews;
mod public_url;
mod receive;
mod recent_errors;
mod routes;
mod samples;
mod serve;
mod settings_layers;
mod signing_in;
mod state;
mod sweep;
mod telemetry;
#[cfg(test)]
mod telemetry_tests;
mod tls;
mod watch_health;
mod watching;
mod work;

pub use accounts::{FirstSignIn, add_person, create_token, first_sign_in, people, sign_in_link};
pub use config::{AlertsConfig, ClusterConfig, ServiceConfig, ShownSetting};
pub use error::{ApiError, Problem, ServeError};
pub use logging::{LogFormat, LoggingError, init_logging};
pub use oidc::{OidcConfig, OidcError, Secret, is_oidc_built_in};
pub use openapi::document;
pub use public_url::PublicUrl;
pub use samples::{Sample, SampleError, add_samples};
pub use serve::{Running, open_database, serve};
pub use state::{Service, now_ms};
pub use sweep::{BACKUP_PREFIX, Swept, sweep};
pub use tls::{Standing, TlsError, TlsFiles, Validity};
