//! The service: an HTTP API over the store and the engine.
//!
//! Knows nothing of how a divergence is computed. One request goes: middleware (`policy.rs`: who asks, may they,
//! how often), a handler in `routes/`, the store. Work that takes long is a job (`work.rs`), taken from the
//! database by workers, so that it outlives a crash.

mod accounts;
mod answered;
mod blobs;
mod caller;
mod config;
mod error;
mod limits;
mod logging;
mod metrics;
mod metrics_text;
mod openapi;
mod password;
mod policy;
mod receive;
mod routes;
mod serve;
mod state;
mod sweep;
mod telemetry;
#[cfg(test)]
mod telemetry_tests;
mod watch_health;
mod watching;
mod work;

pub use accounts::{FirstSignIn, add_person, create_token, first_sign_in, people, sign_in_link};
pub use config::ServiceConfig;
pub use error::{ApiError, Problem, ServeError};
pub use logging::{LogFormat, LoggingError, init_logging};
pub use openapi::document;
pub use serve::{Running, open_database, serve};
pub use state::Service;
pub use sweep::{BACKUP_PREFIX, Swept, sweep};
