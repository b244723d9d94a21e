//! A real service on a free port, and what people ask of it.

#![expect(clippy::unwrap_used, reason = "a test ends when what it stands on is missing")]

mod access;
mod checks;
mod contracts;
mod dashboard;
mod description;
mod operations;
mod support;
mod uploads;
