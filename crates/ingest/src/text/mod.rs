//! From stored bytes to UTF-8.

mod detect;
mod transcode;

pub(crate) use detect::{FoundEncoding, find_encoding};
pub(crate) use transcode::Transcoder;
