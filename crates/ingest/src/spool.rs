//! Bytes that come once, kept in a file without a name while they come, so that they can be read again and again.

use std::fs::File;
use std::io::{self, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};

use crate::limits::Fault;
use crate::stored::{read_at, write_at};

/// Bytes moved at a time.
const PIECE_BYTES: usize = 256 << 10;

/// A file that grows while others read it. Readers wait for what has not come yet.
#[derive(Debug)]
pub(crate) struct Spool {
    file: File,
    state: Mutex<State>,
    grown: Condvar,
    limit: u64,
}

#[derive(Debug, Default)]
struct State {
    written: u64,
    /// How far readers may go: all that was written, without a cut-off line where the source broke off.
    ended: Option<u64>,
    expected: Option<u64>,
    fault: Option<Fault>,
}

/// What fills a spool. It stops when nobody wants the bytes any more.
pub(crate) struct Filler(Weak<Spool>);

/// Why nothing more is taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FillError {
    /// Nobody reads any more, or enough was kept.
    #[error("no more bytes are wanted")]
    Enough,
    /// The temporary folder is full, say.
    #[error(transparent)]
    Write(io::Error),
}

impl Spool {
    /// An empty spool that takes `limit` bytes, and what fills it.
    pub(crate) fn new(limit: u64) -> io::Result<(Arc<Self>, Filler)> {
        let file = tempfile::tempfile()?;
        let spool = Arc::new(Self { file, state: Mutex::default(), grown: Condvar::new(), limit });
        let filler = Filler(Arc::downgrade(&spool));
        Ok((spool, filler))
    }

    /// Fills a new spool from a reader, on a thread of its own.
    pub(crate) fn fill_from(mut input: impl Read + Send + 'static, limit: u64) -> io::Result<Arc<Self>> {
        let (spool, filler) = Self::new(limit)?;
        std::thread::Builder::new().name("spool".to_owned()).spawn(move || {
            let mut piece = vec![0; PIECE_BYTES];
            let fault = loop {
                match input.read(&mut piece) {
                    Ok(0) => break None,
                    Ok(read) => {
                        if filler.put(piece.get(..read).unwrap_or_default()).is_err() {
                            return;
                        }
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => break Some(Fault::BrokenOff(error.to_string())),
                }
            };
            filler.end(fault);
        })?;
        Ok(spool)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads at a place, and waits until there is something to read there. Nothing at the end.
    pub(crate) fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut state = self.state();
        let available = loop {
            match (state.ended, state.written) {
                (Some(end), _) if offset < end => break end - offset,
                (Some(_), _) => {
                    return state
                        .fault
                        .as_ref()
                        .map_or(Ok(0), |fault| Err(io::Error::other(fault.to_string())));
                }
                (None, written) if offset < written => break written - offset,
                (None, _) => state = self.grown.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        };
        drop(state);
        let most = usize::try_from(available).unwrap_or(usize::MAX).min(buffer.len());
        read_at(&self.file, buffer.get_mut(..most).unwrap_or_default(), offset)
    }

    /// Waits for the end and says how many bytes there are.
    pub(crate) fn complete(&self) -> u64 {
        let mut state = self.state();
        loop {
            match state.ended {
                Some(end) => return end,
                None => state = self.grown.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    /// All bytes, where their number is known.
    pub(crate) fn len(&self) -> Option<u64> {
        let state = self.state();
        state.ended.or(state.expected)
    }

    /// Why it ended before its time.
    pub(crate) fn fault(&self) -> Option<Fault> {
        self.state().fault.clone()
    }

    fn end(&self, fault: Option<Fault>) {
        let mut state = self.state();
        if state.ended.is_some() {
            return;
        }
        let whole = if fault.is_some() { self.whole_lines(state.written) } else { state.written };
        state.ended = Some(whole);
        state.fault = fault;
        self.grown.notify_all();
    }

    /// How many bytes stand before the end of the last complete line: a cell that was cut off would be taken for
    /// another value.
    fn whole_lines(&self, written: u64) -> u64 {
        let mut piece = vec![0; PIECE_BYTES];
        let mut end = written;
        while end > 0 {
            let start = end.saturating_sub(PIECE_BYTES as u64);
            let wanted = usize::try_from(end - start).unwrap_or(PIECE_BYTES);
            let Ok(read) = read_at(&self.file, piece.get_mut(..wanted).unwrap_or_default(), start) else {
                break;
            };
            if let Some(at) = memchr::memrchr(b'\n', piece.get(..read).unwrap_or_default()) {
                return start + at as u64 + 1;
            }
            end = start;
        }
        0
    }
}

impl Filler {
    /// How many bytes will come.
    #[cfg(feature = "remote")]
    pub(crate) fn expect(&self, bytes: u64) {
        if let Some(spool) = self.0.upgrade() {
            spool.state().expected = Some(bytes);
        }
    }

    /// Whether somebody still reads.
    #[cfg(any(feature = "remote", test))]
    pub(crate) fn is_wanted(&self) -> bool {
        self.0.strong_count() > 0
    }

    /// Takes the next bytes.
    pub(crate) fn put(&self, bytes: &[u8]) -> Result<(), FillError> {
        let spool = self.0.upgrade().ok_or(FillError::Enough)?;
        let written = spool.state().written;
        let room = usize::try_from(spool.limit.saturating_sub(written)).unwrap_or(usize::MAX);
        let taken = bytes.get(..bytes.len().min(room)).unwrap_or_default();
        if let Err(error) = write_at(&spool.file, taken, written) {
            let cause = format!("no room in the folder for temporary files: {error}");
            spool.end(Some(Fault::BrokenOff(cause)));
            return Err(FillError::Write(error));
        }
        spool.state().written = written + taken.len() as u64;
        spool.grown.notify_all();
        if taken.len() < bytes.len() {
            spool.end(Some(Fault::TooLarge));
            return Err(FillError::Enough);
        }
        Ok(())
    }

    /// Nothing more comes.
    pub(crate) fn end(&self, fault: Option<Fault>) {
        if let Some(spool) = self.0.upgrade() {
            spool.end(fault);
        }
    }
}

impl Drop for Filler {
    /// A filler that was dropped without a word has died.
    fn drop(&mut self) {
        self.end(Some(Fault::BrokenOff("what fetched them broke down".to_owned())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(spool: &Spool) -> (Vec<u8>, bool) {
        let (mut bytes, mut piece) = (Vec::new(), [0; 7]);
        loop {
            match spool.read_at(&mut piece, bytes.len() as u64) {
                Ok(0) => return (bytes, true),
                Ok(read) => bytes.extend_from_slice(&piece[..read]),
                Err(_) => return (bytes, false),
            }
        }
    }

    #[test]
    fn readers_see_what_comes_while_it_comes() {
        let (spool, filler) = Spool::new(1 << 20).unwrap();
        let reader = std::thread::spawn({
            let spool = Arc::clone(&spool);
            move || all(&spool)
        });
        for _ in 0..100 {
            filler.put(b"some bytes\n").unwrap();
        }
        filler.end(None);
        assert_eq!(reader.join().unwrap(), (b"some bytes\n".repeat(100), true));
        assert_eq!((spool.complete(), spool.len(), spool.fault()), (1100, Some(1100), None));
    }

    #[test]
    fn an_endless_source_is_cut_at_the_limit_behind_a_whole_line() {
        let spool = Spool::fill_from(io::repeat(b'x').chain(io::empty()), 1000).unwrap();
        assert_eq!(spool.complete(), 0, "one endless line is no line");
        struct Lines;
        impl Read for Lines {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                buffer[..10].copy_from_slice(b"123456789\n");
                Ok(10)
            }
        }
        let spool = Spool::fill_from(Lines, 1003).unwrap();
        assert_eq!((spool.complete(), spool.fault()), (1000, Some(Fault::TooLarge)));
        let (bytes, ended_well) = all(&spool);
        assert_eq!((bytes.len(), ended_well), (1000, false));
    }

    #[test]
    fn a_filler_that_dies_is_a_fault() {
        let (spool, filler) = Spool::new(1 << 20).unwrap();
        filler.put(b"a\nb").unwrap();
        drop(filler);
        assert_eq!(spool.complete(), 2);
        assert!(matches!(spool.fault(), Some(Fault::BrokenOff(_))));
    }

    #[test]
    fn nobody_to_read_stops_the_filler() {
        let (spool, filler) = Spool::new(1 << 20).unwrap();
        drop(spool);
        assert!(!filler.is_wanted());
        assert!(matches!(filler.put(b"x"), Err(FillError::Enough)));
    }
}
