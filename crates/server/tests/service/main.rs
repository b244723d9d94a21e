//! A real service on a free port, and what people ask of it.

#![expect(clippy::unwrap_used, reason = "a test ends when what it stands on is missing")]

mod access;
mod alerts;
mod arrow_rows;
mod audit;
mod baselines;
mod cells;
mod checks;
mod contracts;
mod dashboard;
mod dataset_settings;
mod description;
mod formats;
mod health;
mod incidents;
mod monitors;
#[cfg(feature = "oidc")]
mod oidc;
mod operations;
mod previews;
#[cfg(feature = "oidc")]
mod provider;
mod receiver;
mod retention;
mod sign_in;
mod support;
mod tls;
mod uploads;
