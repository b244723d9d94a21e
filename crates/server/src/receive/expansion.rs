//! Compressed content, looked at before anything else touches it.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _};
use std::path::Path;

use axum::http::StatusCode;
use flate2::read::MultiGzDecoder;

use crate::ApiError;

const GZIP_MAGIC: &[u8] = &[0x1F, 0x8B];
const ZSTD_MAGIC: &[u8] = &[0x28, 0xB5, 0x2F, 0xFD];
/// Bytes unpacked at a time.
const PIECE_BYTES: usize = 1 << 20;
/// Text that is harmless however small it was packed.
const HARMLESS_BYTES: u64 = 100_000_000;

/// The text of a file, unpacked where it is compressed.
pub(super) struct Unpacked {
    /// The text.
    pub(super) text: Box<dyn Read>,
    /// Name of the compression, where there is one.
    pub(super) compression: Option<&'static str>,
    stored_bytes: u64,
}

impl Unpacked {
    /// Opens a file; its first bytes tell whether it is compressed.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let stored_bytes = file.metadata()?.len();
        let mut magic = Vec::new();
        file.by_ref().take(4).read_to_end(&mut magic)?;
        file.rewind()?;
        let file = BufReader::with_capacity(PIECE_BYTES, file);
        let (compression, text): (_, Box<dyn Read>) = if magic.starts_with(GZIP_MAGIC) {
            (Some("gzip"), Box::new(MultiGzDecoder::new(file)))
        } else if magic.starts_with(ZSTD_MAGIC) {
            (Some("zstd"), Box::new(zstd::Decoder::with_buffer(file)?))
        } else {
            (None, Box::new(file))
        };
        Ok(Self { text, compression, stored_bytes })
    }

    /// Unpacks all of it without keeping anything, and stops as soon as it is too much: more than
    /// `max_expansion` times the stored bytes, and more than 100 MB.
    ///
    /// # Errors
    /// When it is too much or damaged, and when `goes_on` says no.
    pub(super) fn measure(
        &mut self,
        max_expansion: u64,
        goes_on: impl Fn() -> Result<(), ApiError>,
    ) -> Result<(), ApiError> {
        let Some(compression) = self.compression else { return Ok(()) };
        let most = self.stored_bytes.saturating_mul(max_expansion).max(HARMLESS_BYTES);
        let (mut buffer, mut text_bytes) = (vec![0; PIECE_BYTES], 0_u64);
        loop {
            goes_on()?;
            let read = match self.text.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(read) => read as u64,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return Err(damaged(compression, text_bytes)),
            };
            text_bytes += read;
            if text_bytes > most {
                return Err(expands_too_much(max_expansion));
            }
        }
    }
}

fn damaged(compression: &str, text_bytes: u64) -> ApiError {
    let message =
        format!("the {compression} data are cut off or damaged after {text_bytes} bytes of their text");
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "data.damaged", message)
        .with_help("make the file again, and look at it with `gzip -t` or `zstd -t`")
}

fn expands_too_much(max_expansion: u64) -> ApiError {
    let message = format!("unpacked it would be more than {max_expansion} times its size");
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "data.expands_too_much", message)
        .with_help("upload it unpacked, or raise the limit of the service")
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn measured(bytes: &[u8], max_expansion: u64) -> Result<(), StatusCode> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let mut unpacked = Unpacked::open(file.path()).unwrap();
        unpacked.measure(max_expansion, || Ok(())).map_err(|error| error.status())
    }

    #[test]
    fn only_what_grows_very_much_and_very_large_is_refused() {
        let zeros = |bytes: u64| {
            let mut packed = zstd::Encoder::new(Vec::new(), 1).unwrap();
            io::copy(&mut io::repeat(b'0').take(bytes), &mut packed).unwrap();
            packed.finish().unwrap()
        };
        assert_eq!(measured(&zeros(90_000_000), 2), Ok(()));
        let large = zeros(101_000_000);
        assert_eq!(measured(&large, 2), Err(StatusCode::UNPROCESSABLE_ENTITY));
        assert_eq!(measured(&large, 1_000_000), Ok(()));
        assert_eq!(measured(&large[..large.len() / 2], 1_000_000), Err(StatusCode::UNPROCESSABLE_ENTITY));
        assert_eq!(measured(b"a,b\n1,2\n", 0), Ok(()));
    }
}
