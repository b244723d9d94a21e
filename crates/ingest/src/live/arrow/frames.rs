//! What an Arrow stream claims, before it is believed: whether it is all there, and what its parts unfold to.

use std::io::{self, Read as _};

use arrow_ipc::{CompressionType, MessageHeader, RecordBatch, root_as_message};
use lz4_flex::frame::FrameDecoder;

use super::{ArrowRowsError, damaged, too_large};

/// Before the length of a message, and before the zero at the end (Arrow columnar format, "Encapsulated message format").
const CONTINUATION: u32 = u32::MAX;
/// How often dictionaries may be continued: each time they are copied.
const MOST_DELTAS: usize = 256;
/// Bytes of Arrow that may stand for one of CSV: a number takes eight and can be written as two.
const ARROW_PER_CSV: usize = 4;

/// Walks over the messages of a stream without reading them.
pub(super) fn validate(stream: &[u8], most_csv_bytes: usize) -> Result<(), ArrowRowsError> {
    let mut frames = Frames { rest: stream, unfolded: 0, most: most_csv_bytes.saturating_mul(ARROW_PER_CSV) };
    let mut deltas = 0;
    while let Some(size) = frames.message_size()? {
        let message = root_as_message(frames.take(size)?).map_err(|error| damaged(error.to_string()))?;
        let length =
            usize::try_from(message.bodyLength()).map_err(|_| damaged("a message has a negative length"))?;
        let body = frames.take(length)?;
        match message.header_type() {
            MessageHeader::RecordBatch => frames.unfold(message.header_as_record_batch(), body)?,
            MessageHeader::DictionaryBatch => {
                let dictionary = message.header_as_dictionary_batch();
                deltas += usize::from(dictionary.is_some_and(|dictionary| dictionary.isDelta()));
                if deltas > MOST_DELTAS {
                    return Err(too_large(format!(
                        "dictionaries that are continued over {MOST_DELTAS} times"
                    )));
                }
                frames.unfold(dictionary.and_then(|dictionary| dictionary.data()), body)?;
            }
            _ => {}
        }
    }
    if frames.rest.is_empty() { Ok(()) } else { Err(damaged("something stands behind its end")) }
}

struct Frames<'a> {
    rest: &'a [u8],
    /// Bytes that the buffers so far unfold to.
    unfolded: usize,
    most: usize,
}

impl<'a> Frames<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], ArrowRowsError> {
        let (taken, rest) =
            self.rest.split_at_checked(length).ok_or_else(|| damaged("it is cut off within a message"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn word(&mut self) -> Result<u32, ArrowRowsError> {
        let Some((word, rest)) = self.rest.split_first_chunk::<4>() else {
            let help = "it is cut off: its end marker is missing, which a writer leaves when it is closed";
            return Err(damaged(help));
        };
        self.rest = rest;
        Ok(u32::from_le_bytes(*word))
    }

    /// The size of the next message; nothing at the end. Streams of before 2019 have no continuation.
    fn message_size(&mut self) -> Result<Option<usize>, ArrowRowsError> {
        let size = match self.word()? {
            CONTINUATION => self.word()?,
            size => size,
        };
        Ok((size > 0).then_some(size as usize))
    }

    /// Counts what the buffers of a batch unfold to.
    fn unfold(&mut self, batch: Option<RecordBatch<'_>>, body: &[u8]) -> Result<(), ArrowRowsError> {
        let batch = batch.ok_or_else(|| damaged("a message has no content"))?;
        let codec = batch.compression().map(|compression| compression.codec());
        for buffer in batch.buffers().into_iter().flatten() {
            let place = (usize::try_from(buffer.offset()), usize::try_from(buffer.length()));
            let (Ok(offset), Ok(length)) = place else {
                return Err(damaged("a buffer lies at a negative place"));
            };
            let bytes = body.get(offset..).and_then(|bytes| bytes.get(..length));
            let bytes = bytes.ok_or_else(|| damaged("a buffer lies beyond its message"))?;
            let unfolds_to = match codec {
                Some(codec) if !bytes.is_empty() => claimed(bytes, codec, self.most)?,
                _ => length,
            };
            self.unfolded = self.unfolded.saturating_add(unfolds_to);
            if self.unfolded > self.most {
                return Err(too_large(format!("its data unfold to more than {} bytes", self.most)));
            }
        }
        Ok(())
    }
}

/// What a compressed buffer unfolds to: it stands in front of it, -1 where it is not compressed.
fn claimed(bytes: &[u8], codec: CompressionType, most: usize) -> Result<usize, ArrowRowsError> {
    let (claim, data) =
        bytes.split_first_chunk::<8>().ok_or_else(|| damaged("a compressed buffer has no length"))?;
    let claim = match i64::from_le_bytes(*claim) {
        -1 => return Ok(data.len()),
        claim => usize::try_from(claim).map_err(|_| damaged("a compressed buffer has a negative length"))?,
    };
    // Zstandard is read into as much room as was claimed. LZ4 is read to its end, however far that is.
    if codec == CompressionType::LZ4_FRAME && (1..=most).contains(&claim) {
        let mut bounded = FrameDecoder::new(data).take(claim as u64 + 1);
        let unfolded = io::copy(&mut bounded, &mut io::sink()).map_err(|error| damaged(error.to_string()))?;
        if unfolded != claim as u64 {
            return Err(damaged("a compressed buffer has another length than it says"));
        }
    }
    Ok(claim)
}
