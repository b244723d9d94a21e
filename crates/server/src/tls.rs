//! HTTPS: a certificate from two files, connections that speak it, and the renewal of the certificate while the
//! service runs.

mod certificate;
mod listener;
mod serving;
mod validity;

pub use certificate::{TlsError, TlsFiles};
pub(crate) use listener::TlsListener;
pub(crate) use serving::Serving;
pub use validity::{Standing, Validity};
