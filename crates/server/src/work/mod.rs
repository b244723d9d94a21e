//! Work that outlives a crash: jobs, and the workers that do them.

mod attended;
mod check;
mod worker;

pub(crate) use worker::work;
