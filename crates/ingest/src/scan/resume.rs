//! Where records start in the middle of a text: what a part of a file has to guess, and what it then has to know.

use std::cmp::Reverse;

use super::blocks::State;
use super::masks::Structure;

/// What may be the case at a byte of which nothing is known, the likelier first.
const HYPOTHESES: [State; 4] = [State::Plain, State::Start, State::Quoted, State::Closed];

/// The first record that starts behind the first byte of `text`, a stretch from anywhere in a table of `cells`
/// columns; `text.len()` where `is_end` and no other starts. Nothing when it cannot be told from so little.
///
/// Each state that the first byte may be met in is followed through the stretch, and the one under which most
/// records are as they should be is believed. It is a guess: who reads what stands before finds out whether it was
/// right. Takes a few steps a byte.
pub(crate) fn resumed(text: &[u8], structure: Structure, cells: usize, is_end: bool) -> Option<usize> {
    let mut best: Option<Trial> = None;
    for state in HYPOTHESES {
        let mut trial = Trial { state, cells: 1, ..Trial::default() };
        text.iter().enumerate().for_each(|(at, byte)| trial.step((at, *byte), structure, cells));
        if is_end && text.last() != Some(&structure.terminator) {
            trial.step((text.len(), structure.terminator), structure, cells);
        }
        let is_better = best.as_ref().is_none_or(|best| trial.rank() > best.rank());
        if trial.first.is_some() && is_better {
            best = Some(trial);
        }
    }
    match best.and_then(|best| best.first) {
        Some(first) => Some(first.min(text.len())),
        None => is_end.then_some(text.len()),
    }
}

/// Where the record ends that `text` starts with, its terminator included.
pub(crate) fn first_end(text: &[u8], structure: Structure) -> Option<usize> {
    let mut state = State::Start;
    for (at, byte) in text.iter().enumerate() {
        let (next, ends) = state.step(*byte, structure);
        if ends && *byte == structure.terminator {
            return Some(at + 1);
        }
        state = next;
    }
    None
}

/// What a stretch looks like under a hypothesis.
struct Trial {
    state: State,
    /// Where the first record starts.
    first: Option<usize>,
    /// The record that is being read: its start, its cells, and the quotes in it that no writer would have put there.
    start: usize,
    cells: usize,
    odd: usize,
    good: u64,
    bad: u64,
}

impl Default for Trial {
    fn default() -> Self {
        Self { state: State::Start, first: None, start: 0, cells: 1, odd: 0, good: 0, bad: 0 }
    }
}

impl Trial {
    fn rank(&self) -> (u64, Reverse<u64>) {
        (self.good, Reverse(self.bad))
    }

    #[inline]
    fn step(&mut self, (at, byte): (usize, u8), structure: Structure, wanted: usize) {
        let (next, ends) = self.state.step(byte, structure);
        let is_stray = match self.state {
            State::Plain => byte == structure.quote,
            State::Closed => next == State::Plain && byte != b'\r',
            State::Start | State::Quoted => false,
        };
        self.odd += usize::from(is_stray);
        self.state = next;
        if !ends {
            return;
        }
        if byte == structure.delimiter {
            self.cells += 1;
            return;
        }
        let is_blank = self.cells == 1 && at.saturating_sub(self.start) <= 1;
        match (self.first, self.odd, self.cells == wanted) {
            // The rest of a record of which only the end was seen.
            (None, odd, _) => {
                self.first = Some(at + 1);
                self.bad += odd as u64;
            }
            (Some(_), 0, true) => self.good += 1,
            (Some(_), 0, false) if is_blank => {}
            (Some(_), ..) => self.bad += 1,
        }
        (self.start, self.cells, self.odd) = (at + 1, 1, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRUCTURE: Structure = Structure { delimiter: b',', quote: b'"', terminator: b'\n' };

    fn after(text: &str, from: usize, cells: usize) -> Option<usize> {
        resumed(&text.as_bytes()[from..], STRUCTURE, cells, true).map(|at| at + from)
    }

    #[test]
    fn records_are_found_within_and_outside_quotes() {
        let text = "1,\"a,\nb,\n\",2\n".repeat(20);
        let record = text.len() / 20;
        // What is left of the last record alone does not tell.
        for from in 0..text.len() - record {
            let wanted = (from + 1).next_multiple_of(record);
            assert_eq!(after(&text, from, 3), Some(wanted), "from {from}");
        }
        let text = "\"a\nb\"\n".repeat(20);
        for from in 0..text.len() - 6 {
            assert_eq!(after(&text, from, 1), Some((from + 1).next_multiple_of(6)), "from {from}");
        }
    }

    #[test]
    fn the_end_of_the_text_ends_the_last_record() {
        assert_eq!(after("a,b\nc,d", 4, 2), Some(7));
        assert_eq!(after("a,b\nc,d", 3, 2), Some(4));
        assert_eq!(resumed(b"abc", STRUCTURE, 2, false), None);
    }

    #[test]
    fn the_first_end_is_outside_quotes() {
        assert_eq!(first_end(b"a,\"b\n\"\nc\n", STRUCTURE), Some(7));
        assert_eq!(first_end(b"a,\"b\n", STRUCTURE), None);
    }
}
