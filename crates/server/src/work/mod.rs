//! Work that outlives a crash: jobs, and the workers that do them.

mod attended;
mod baseline;
mod check;
#[cfg(test)]
mod leased;
mod worker;

pub(crate) use check::tell_raised;
pub(crate) use worker::work;
