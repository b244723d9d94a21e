//! Stories told through the built program: what a person types, and what comes back.

#![expect(clippy::unwrap_used, reason = "a test ends when what it stands on is missing")]

mod alerts;
mod anomalies;
mod bad_input;
mod baselines;
mod check;
mod clock;
#[cfg(feature = "cluster")]
mod cluster;
mod configuration;
mod dirt;
mod disk;
mod https;
mod interrupt;
mod kills;
mod live;
mod mock;
mod moto;
mod postgres;
mod private;
mod program;
mod real_data;
mod replay;
mod screens;
mod served;
mod service;
mod sources;
