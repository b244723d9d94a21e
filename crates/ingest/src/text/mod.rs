//! From stored bytes to UTF-8.

mod detect;
mod mend;
mod transcode;

pub(crate) use detect::{FoundEncoding, find_encoding};
pub(crate) use mend::mended;
pub(crate) use transcode::Transcoder;
