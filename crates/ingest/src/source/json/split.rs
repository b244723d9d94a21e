//! Where one value of JSON ends and the next begins.

use std::io::{self, Read};

use memchr::{memchr, memrchr};

/// A value longer than this is not kept; what follows is read on from its next line.
const MAX_VALUE_BYTES: usize = 64 << 20;
const READ_BYTES: usize = 256 << 10;
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// How values stand behind each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// One a line.
    Lines,
    /// Behind each other, over any number of lines.
    Values,
    /// In one array.
    Array,
}

impl Layout {
    /// Told by the beginning of the text.
    pub(crate) fn of(head: &[u8]) -> Self {
        let text = head.strip_prefix(BOM).unwrap_or(head).trim_ascii_start();
        let end = memchr(b'\n', text);
        let line = text.get(..end.unwrap_or(text.len())).unwrap_or_default();
        let is_whole = serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok();
        match text.first() {
            // A line may hold an array by mistake; it is an array of all values when it goes on, or is all.
            Some(b'[') if !is_whole || text.get(line.len()..).unwrap_or_default().trim_ascii().is_empty() => {
                Self::Array
            }
            Some(b'{') if !is_whole && begins_open(line) => Self::Values,
            _ => Self::Lines,
        }
    }
}

/// Whether a line ends within a value without being wrong so far.
fn begins_open(line: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(line).is_err_and(|error| error.is_eof())
}

/// Some complete values.
#[derive(Debug)]
pub(crate) struct Run {
    /// Byte of the text at which the run begins.
    pub(crate) offset: u64,
    pub(crate) bytes: Vec<u8>,
    /// Start and end of each value; nothing where each line is one.
    spans: Option<Vec<(usize, usize)>>,
}

impl Run {
    /// A run of lines.
    pub(crate) fn lines(bytes: Vec<u8>) -> Self {
        Self { offset: 0, bytes, spans: None }
    }

    /// The values with their places in the run; blank lines are none.
    pub(crate) fn values(&self) -> Box<dyn Iterator<Item = (usize, &[u8])> + '_> {
        let trimmed = |(start, end): (usize, usize)| {
            let raw = self.bytes.get(start..end).unwrap_or_default();
            let blank = raw.len() - raw.trim_ascii_start().len();
            (start + blank, raw.trim_ascii())
        };
        let kept = |(_, value): &(usize, &[u8])| !value.is_empty();
        match &self.spans {
            Some(spans) => Box::new(spans.iter().copied().map(trimmed).filter(kept)),
            None => {
                let mut start = 0;
                let lines = std::iter::from_fn(move || {
                    let rest = self.bytes.get(start..).filter(|rest| !rest.is_empty())?;
                    let len = memchr(b'\n', rest).unwrap_or(rest.len());
                    let span = (start, start + len);
                    start += len + 1;
                    Some(span)
                });
                Box::new(lines.map(trimmed).filter(kept))
            }
        }
    }
}

/// Cuts a text into runs of values.
pub(crate) struct Splitter {
    text: Box<dyn Read + Send>,
    layout: Layout,
    rest: Vec<u8>,
    /// Byte of the text at which `rest` begins.
    offset: u64,
    scanner: Scanner,
    ended: bool,
    failure: Option<io::Error>,
    begun: bool,
}

impl Splitter {
    /// Cuts this text.
    pub(crate) fn new(text: Box<dyn Read + Send>, layout: Layout) -> Self {
        let scanner = Scanner::new(layout);
        let rest = Vec::new();
        Self { text, layout, rest, offset: 0, scanner, ended: false, failure: None, begun: false }
    }

    /// Byte of the text up to which all was handed out.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// The next values of about `target` bytes; nothing at the end. What went wrong while reading is said after
    /// everything before it was handed out.
    pub(crate) fn next(&mut self, target: usize) -> io::Result<Option<Run>> {
        let mut target = target.clamp(READ_BYTES, MAX_VALUE_BYTES);
        loop {
            self.fill(target);
            if !self.begun {
                self.begun = true;
                let skipped = if self.rest.starts_with(BOM) { BOM.len() } else { 0 };
                self.rest.drain(..skipped);
                self.offset += skipped as u64;
            }
            if self.rest.is_empty() {
                return self.failure.take().map_or(Ok(None), Err);
            }
            let (end, spans) = self.cut();
            if end > 0 {
                return Ok(Some(self.hand_out(end, spans)));
            }
            // A value that a damaged source ends within is none.
            if let Some(failure) = self.failure.take() {
                return Err(failure);
            }
            if self.ended || self.rest.len() > MAX_VALUE_BYTES {
                return Ok(Some(self.give_up()));
            }
            target = (self.rest.len() * 2).min(MAX_VALUE_BYTES + 1);
        }
    }

    fn fill(&mut self, target: usize) {
        if self.ended || self.rest.len() >= target {
            return;
        }
        let wanted = (target - self.rest.len()).max(READ_BYTES) as u64;
        match self.text.by_ref().take(wanted).read_to_end(&mut self.rest) {
            Ok(read) => self.ended = (read as u64) < wanted,
            Err(error) => {
                self.ended = true;
                self.failure = Some(error);
            }
        }
    }

    /// How many bytes of the rest are complete values.
    fn cut(&mut self) -> (usize, Option<Vec<(usize, usize)>>) {
        if self.layout == Layout::Lines {
            let is_whole = self.ended && self.failure.is_none();
            let end =
                if is_whole { Some(self.rest.len()) } else { memrchr(b'\n', &self.rest).map(|at| at + 1) };
            return (end.unwrap_or(0), None);
        }
        let mut spans = Vec::new();
        let end = self.scanner.scan(&self.rest, &mut spans);
        if self.ended
            && end < self.rest.len()
            && self.rest.get(end..).unwrap_or_default().trim_ascii().is_empty()
        {
            return (self.rest.len(), Some(spans));
        }
        (end, Some(spans))
    }

    /// A value that neither ends within the limit nor with the text: it is handed out as far as its first line,
    /// to be refused.
    fn give_up(&mut self) -> Run {
        let end = match memchr(b'\n', &self.rest) {
            Some(at) if !self.ended => at + 1,
            _ => self.rest.len(),
        };
        self.scanner = Scanner::new(self.layout);
        self.scanner.depth = u32::from(self.layout == Layout::Array);
        self.hand_out(end, Some(vec![(0, end)]))
    }

    fn hand_out(&mut self, end: usize, spans: Option<Vec<(usize, usize)>>) -> Run {
        let rest = self.rest.get(end..).unwrap_or_default().to_vec();
        let mut bytes = std::mem::replace(&mut self.rest, rest);
        bytes.truncate(end);
        let offset = self.offset;
        self.offset += end as u64;
        Run { offset, bytes, spans }
    }
}

/// Follows the nesting of JSON from the last complete value on.
struct Scanner {
    layout: Layout,
    /// Open brackets; 1 is within the outer array of an array.
    depth: u32,
}

impl Scanner {
    fn new(layout: Layout) -> Self {
        Self { layout, depth: 0 }
    }

    /// Finds the complete values from the beginning of `bytes`; says where the last of them ends.
    fn scan(&mut self, bytes: &[u8], spans: &mut Vec<(usize, usize)>) -> usize {
        let base = u32::from(self.layout == Layout::Array);
        let (mut at, mut depth, mut start, mut end) = (0, self.depth, 0, 0);
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'"' => match string_end(bytes, at + 1) {
                    Some(after) => {
                        at = after;
                        continue;
                    }
                    None => break,
                },
                b'{' | b'[' => {
                    depth += 1;
                    if base == 1 && depth == 1 {
                        (start, end) = (at + 1, at + 1);
                        self.depth = 1;
                    }
                }
                b'}' | b']' => {
                    depth = depth.saturating_sub(1);
                    if base == 1 && depth == 0 {
                        spans.push((start, at));
                        (start, end) = (at + 1, at + 1);
                        self.depth = 0;
                    } else if base == 0 && depth == 0 {
                        spans.push((start, at + 1));
                        (start, end) = (at + 1, at + 1);
                    }
                }
                b',' if base == 1 && depth == 1 => {
                    spans.push((start, at));
                    (start, end) = (at + 1, at + 1);
                }
                _ => {}
            }
            at += 1;
        }
        end
    }
}

/// The place behind the end of a string.
fn string_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let found = at + memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        match bytes.get(found) {
            Some(b'"') => return Some(found + 1),
            _ => at = found + 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<(u64, String)> {
        let layout = Layout::of(text.as_bytes());
        let mut splitter = Splitter::new(Box::new(io::Cursor::new(text.as_bytes().to_vec())), layout);
        let mut found = Vec::new();
        while let Some(run) = splitter.next(1).unwrap() {
            for (at, value) in run.values() {
                found.push((run.offset + at as u64, String::from_utf8_lossy(value).into_owned()));
            }
        }
        found
    }

    #[test]
    fn layouts_are_told_by_the_beginning() {
        for (text, wanted) in [
            ("{\"a\":1}\n{\"a\":2}\n", Layout::Lines),
            ("{\"a\":1}", Layout::Lines),
            ("{\n \"a\":1}\n{\n\"a\":2}\n", Layout::Values),
            ("{oops\n{\"a\":2}\n", Layout::Lines),
            ("[{\"a\":1},\n{\"a\":2}]", Layout::Array),
            ("[{\"a\":1}]", Layout::Array),
            ("[1]\n{\"a\":2}\n", Layout::Lines),
            ("\u{FEFF} [\n", Layout::Array),
        ] {
            assert_eq!(Layout::of(text.as_bytes()), wanted, "{text}");
        }
    }

    #[test]
    fn values_are_found_with_their_places_behind_brackets_in_strings() {
        let lines = values("\u{FEFF}{\"a\":1}\n\n {\"a\":\"}{\"}\noops\n");
        assert_eq!(lines, [(3, "{\"a\":1}".into()), (13, "{\"a\":\"}{\"}".into()), (24, "oops".into())]);
        let array = values("[ {\"a\":\"],\\\"[\"} ,\n{\"b\":[1,2]}, 7 ]\n");
        assert_eq!(
            array,
            [(2, "{\"a\":\"],\\\"[\"}".into()), (18, "{\"b\":[1,2]}".into()), (31, "7".into())]
        );
        let spread = values("{\n\"a\":1}{\"a\":2}\n{\"a\":3");
        assert_eq!(spread, [(0, "{\n\"a\":1}".into()), (8, "{\"a\":2}".into()), (16, "{\"a\":3".into())]);
    }

    #[test]
    fn long_arrays_come_in_many_runs() {
        let text: Vec<String> = (0..100_000).map(|at| format!("{{\"number\":{at}}}")).collect();
        let found = values(&format!("[{}]", text.join(",\n")));
        assert_eq!(found.len(), 100_000);
        assert_eq!(found[99_999].1, "{\"number\":99999}");
    }
}
