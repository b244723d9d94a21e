//! Work that outlives a crash: jobs, and the workers that do them.

mod check;
mod worker;

pub(crate) use worker::work;
