//! Where results go.

use std::io::{self, Write as _};
use std::path::Path;

use driftline_store::{AtomicFile, StoreError};

use crate::failure::Failure;

/// Writes a result to a file, whole or not at all, or to standard output (no path, or `-`).
pub(crate) fn write(path: Option<&Path>, text: &str) -> Result<(), Failure> {
    match path {
        Some(path) if path != Path::new("-") => write_file(path, text.as_bytes()),
        _ => print(text),
    }
}

/// Writes a file whole or not at all.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    match AtomicFile::write(path, bytes) {
        Err(StoreError::Io { source, .. }) if source.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// Writes to standard output. A reader that has seen enough (`| head`) is no failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::output("standard output", &error)),
        Ok(()) => Ok(()),
    }
}

/// A remark for the person at the terminal; it never mixes with a result.
pub(crate) fn remark(text: &str) {
    // Nobody is left to be told when standard error is gone.
    let _ = writeln!(io::stderr().lock(), "{text}");
}
