use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::EngineError;
use crate::halt::Halt;

/// How long a thread that is ahead sleeps before it looks whether the run was stopped.
const WAIT: Duration = Duration::from_millis(20);

/// Writes scores in the order of the rows while chunks are scored in any order.
///
/// Threads that are too far ahead wait, so that at most `limit` chunks of scores are held.
pub(crate) struct ScoreSink<'a> {
    state: Mutex<State<'a>>,
    moved: Condvar,
    limit: usize,
}

struct State<'a> {
    out: &'a mut (dyn Write + Send),
    next: u64,
    waiting: BTreeMap<u64, Scores>,
    records_before: u64,
    broken: Option<io::Error>,
}

/// The scores of one chunk.
#[derive(Debug)]
pub(crate) struct Scores {
    /// One score a row.
    pub(crate) scores: Vec<f32>,
    /// Indices among the records of the chunk of those without a score, ascending.
    pub(crate) rejected: Vec<u64>,
    /// Records of the chunk in all.
    pub(crate) records: u64,
}

impl<'a> ScoreSink<'a> {
    /// A sink that begins with the header.
    pub(crate) fn new(out: &'a mut (dyn Write + Send), limit: usize) -> Result<Self, EngineError> {
        out.write_all(b"row,score\n").map_err(EngineError::Sink)?;
        let state = State { out, next: 0, waiting: BTreeMap::new(), records_before: 0, broken: None };
        Ok(Self { state: Mutex::new(state), moved: Condvar::new(), limit: limit.max(1) })
    }

    /// Takes the scores of chunk `ordinal` and writes what can be written.
    pub(crate) fn put(&self, ordinal: u64, scores: Scores, halt: &Halt<'_>) -> Result<(), EngineError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while ordinal != state.next && state.waiting.len() >= self.limit {
            if halt.is_set() {
                return Ok(());
            }
            state = self.moved.wait_timeout(state, WAIT).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.waiting.insert(ordinal, scores);
        let outcome = state.write_ready();
        self.moved.notify_all();
        outcome.map_err(EngineError::Sink)
    }

    /// Flushes what was written.
    pub(crate) fn finish(self) -> Result<(), EngineError> {
        let mut state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        state.write_ready().and_then(|()| state.out.flush()).map_err(EngineError::Sink)
    }
}

impl State<'_> {
    fn write_ready(&mut self) -> io::Result<()> {
        if let Some(error) = self.broken.take() {
            return Err(error);
        }
        let mut text = Vec::new();
        while let Some(part) = self.waiting.remove(&self.next) {
            let mut gaps = part.rejected.iter().copied().peekable();
            let mut record = 0;
            for score in &part.scores {
                while gaps.next_if_eq(&record).is_some() {
                    record += 1;
                }
                writeln!(text, "{},{score}", self.records_before + record + 1)?;
                record += 1;
            }
            self.records_before += part.records;
            self.next += 1;
        }
        self.out.write_all(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CancelToken;

    fn part(scores: &[f32], rejected: &[u64]) -> Scores {
        let records = (scores.len() + rejected.len()) as u64;
        Scores { scores: scores.to_vec(), rejected: rejected.to_vec(), records }
    }

    #[test]
    fn scores_come_in_the_order_of_the_rows() {
        let cancel = CancelToken::new();
        let halt = Halt::new(&cancel);
        let mut out = Vec::new();
        let sink = ScoreSink::new(&mut out, 4).unwrap();
        sink.put(1, part(&[0.5], &[]), &halt).unwrap();
        sink.put(2, part(&[0.25, 1.0], &[0, 2]), &halt).unwrap();
        sink.put(0, part(&[0.0, 0.125], &[1]), &halt).unwrap();
        sink.finish().unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "row,score\n1,0\n3,0.125\n4,0.5\n6,0.25\n8,1\n");
    }

    #[test]
    fn who_is_ahead_does_not_wait_for_ever_when_the_run_stops() {
        let cancel = CancelToken::new();
        cancel.cancel();
        let halt = Halt::new(&cancel);
        let mut out = Vec::new();
        let sink = ScoreSink::new(&mut out, 1).unwrap();
        sink.put(1, part(&[0.5], &[]), &halt).unwrap();
        sink.put(2, part(&[0.5], &[]), &halt).unwrap();
        assert!(sink.finish().is_ok());
        assert_eq!(out, b"row,score\n");
    }
}
