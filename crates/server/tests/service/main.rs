//! A real service on a free port, and what people ask of it.

#![expect(clippy::unwrap_used, reason = "a test ends when what it stands on is missing")]

mod access;
mod audit;
mod checks;
mod description;
mod health;
mod operations;
mod retention;
mod support;
mod uploads;
