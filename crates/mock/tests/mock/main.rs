//! The mock as callers see it.

#![expect(clippy::unwrap_used, reason = "a test ends when what it stands on is missing")]

mod faults;
mod generator;
mod pages;
mod planting;
mod streams;
mod support;
mod trouble;
