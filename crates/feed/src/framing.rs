//! Records in an answer that never ends: lines, or server-sent events.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;

use crate::part::MAX_PIECE_BYTES;

/// Bounds of how long a server may have it waited before it is connected to again.
const RETRY: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(60));

/// How records stand in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// One a line.
    Lines,
    /// Server-sent events (HTML Living Standard, 9.2), a record an event.
    Events,
}

/// Rows that came together.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rows {
    /// One a line.
    pub(crate) bytes: Bytes,
    /// The id of the last event.
    pub(crate) last_id: Option<String>,
}

/// Takes an answer apart as it comes.
#[derive(Debug)]
pub(crate) struct Framer {
    /// How records stand in it.
    pub(crate) framing: Framing,
    /// A line whose end has not come.
    line: Vec<u8>,
    is_line_too_long: bool,
    is_first: bool,
    /// The event whose end has not come.
    data: Vec<u8>,
    is_data_too_long: bool,
    id: Option<String>,
    /// What is whole.
    sealed: VecDeque<Rows>,
    rows: Vec<u8>,
    last_id: Option<String>,
    /// Records that were whole.
    pub(crate) records: u64,
    /// Records that were too long.
    pub(crate) dropped: u64,
    /// How long to wait before connecting again.
    pub(crate) retry: Option<Duration>,
}

impl Framer {
    pub(crate) fn new(framing: Framing, last_id: Option<String>) -> Self {
        Self {
            framing,
            line: Vec::new(),
            is_line_too_long: false,
            is_first: true,
            data: Vec::new(),
            is_data_too_long: false,
            id: last_id.clone(),
            sealed: VecDeque::new(),
            rows: Vec::new(),
            last_id,
            records: 0,
            dropped: 0,
            retry: None,
        }
    }

    /// Takes what came.
    pub(crate) fn push(&mut self, mut bytes: &[u8]) {
        while let Some(at) = memchr::memchr(b'\n', bytes) {
            let (head, rest) = bytes.split_at(at);
            self.extend_line(head);
            self.end_line();
            bytes = rest.get(1..).unwrap_or_default();
        }
        self.extend_line(bytes);
    }

    /// Takes a record that came by itself, under an id of its own.
    #[cfg(any(feature = "kafka", feature = "nats"))]
    pub(crate) fn message(&mut self, record: &[u8], id: String) {
        let line = record.iter().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte });
        let line: Vec<u8> = line.collect();
        self.id = Some(id);
        self.record(&line);
    }

    /// The answer is over: a last line is whole, an event without its end is none.
    pub(crate) fn finish(&mut self) {
        if self.framing == Framing::Lines {
            self.end_line();
        }
    }

    /// Whether there are rows.
    pub(crate) fn has_rows(&self) -> bool {
        !self.sealed.is_empty() || !self.rows.is_empty()
    }

    /// Whether there are rows for a whole piece.
    pub(crate) fn is_full(&self) -> bool {
        !self.sealed.is_empty() || self.rows.len() >= MAX_PIECE_BYTES / 2
    }

    /// The first rows.
    pub(crate) fn take(&mut self) -> Option<Rows> {
        if self.sealed.is_empty() {
            self.seal();
        }
        self.sealed.pop_front()
    }

    fn seal(&mut self) {
        if !self.rows.is_empty() {
            let bytes = std::mem::take(&mut self.rows).into();
            self.sealed.push_back(Rows { bytes, last_id: self.last_id.clone() });
        }
    }

    fn extend_line(&mut self, bytes: &[u8]) {
        // A field of an event has its name in front.
        if self.line.len() + bytes.len() > MAX_PIECE_BYTES + 16 {
            self.is_line_too_long = true;
            self.line.clear();
        }
        if !self.is_line_too_long {
            self.line.extend_from_slice(bytes);
        }
    }

    fn end_line(&mut self) {
        let mut line = std::mem::take(&mut self.line);
        let is_too_long = std::mem::take(&mut self.is_line_too_long);
        if line.ends_with(b"\r") {
            line.pop();
        }
        if std::mem::take(&mut self.is_first) && line.starts_with(b"\xEF\xBB\xBF") {
            line.drain(..3);
        }
        match self.framing {
            Framing::Lines if is_too_long => self.dropped += 1,
            Framing::Lines => self.record(&line),
            Framing::Events if is_too_long => self.is_data_too_long = true,
            Framing::Events if line.is_empty() => self.end_event(),
            Framing::Events => self.field(&line),
        }
    }

    fn field(&mut self, line: &[u8]) {
        let (name, value) = match memchr::memchr(b':', line) {
            Some(at) => {
                let (name, value) = line.split_at(at);
                let value = value.get(1..).unwrap_or_default();
                (name, value.strip_prefix(b" ").unwrap_or(value))
            }
            None => (line, [].as_slice()),
        };
        match name {
            b"data" if self.data.len() + value.len() > MAX_PIECE_BYTES => {
                self.is_data_too_long = true;
                self.data.clear();
            }
            b"data" => {
                // Lines of an event are joined; between the parts of an object a blank is as good as an end of a line.
                if !self.data.is_empty() {
                    self.data.push(b' ');
                }
                self.data.extend_from_slice(value);
            }
            b"id" if !value.contains(&0) => self.id = Some(String::from_utf8_lossy(value).into_owned()),
            b"retry" => {
                let millis = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
                self.retry =
                    millis.map(|ms| Duration::from_millis(ms).clamp(RETRY.0, RETRY.1)).or(self.retry);
            }
            _ => {}
        }
    }

    fn end_event(&mut self) {
        let data = std::mem::take(&mut self.data);
        match std::mem::take(&mut self.is_data_too_long) {
            true => {
                self.dropped += 1;
                self.last_id.clone_from(&self.id);
            }
            false => self.record(&data),
        }
    }

    fn record(&mut self, record: &[u8]) {
        if record.len() >= MAX_PIECE_BYTES {
            self.dropped += 1;
        } else if !record.trim_ascii().is_empty() {
            if self.rows.len() + record.len() + 1 > MAX_PIECE_BYTES {
                self.seal();
            }
            self.rows.extend_from_slice(record);
            self.rows.push(b'\n');
            self.records += 1;
        }
        self.last_id.clone_from(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(framer: &mut Framer) -> Vec<(String, Option<String>)> {
        let taken = std::iter::from_fn(|| framer.take());
        taken.map(|rows| (String::from_utf8(rows.bytes.to_vec()).unwrap(), rows.last_id)).collect()
    }

    #[test]
    fn records_are_the_same_however_they_are_cut() {
        let lines = "\u{feff}{\"a\":1}\r\n\n{\"a\":\"ä\"}\n{\"a\":3}";
        let events = "retry: 20\n: hello\n\nid: 7\nevent: x\ndata: {\"a\":\ndata:  1}\n\nid\n\ndata:{}\nid:8\r\n\r\ndata: lost";
        for (framing, text, rows, id) in [
            (Framing::Lines, lines, "{\"a\":1}\n{\"a\":\"ä\"}\n{\"a\":3}\n", None),
            (Framing::Events, events, "{\"a\":  1}\n{}\n", Some("8".to_owned())),
        ] {
            for size in 1..=text.len() {
                let mut framer = Framer::new(framing, None);
                text.as_bytes().chunks(size).for_each(|chunk| framer.push(chunk));
                framer.finish();
                assert_eq!(all(&mut framer), [(rows.to_owned(), id.clone())], "{size}");
                assert_eq!(framer.retry, (framing == Framing::Events).then_some(RETRY.0));
            }
        }
    }

    #[test]
    fn long_records_are_counted_and_pieces_bounded() {
        let long = "8".repeat(2 << 20);
        let row = "7".repeat(300_000);
        let lines = format!("{row}\n{long}\n{row}\n{row}\n{row}\n");
        let data = lines.lines().map(|line| format!("id: {}\ndata: {line}\n\n", line.len()));
        let events: String = data.collect();
        for (framing, text) in [(Framing::Lines, &lines), (Framing::Events, &events)] {
            let mut framer = Framer::new(framing, None);
            text.as_bytes().chunks(70_000).for_each(|chunk| framer.push(chunk));
            assert_eq!((framer.records, framer.dropped), (4, 1));
            let sizes: Vec<usize> = all(&mut framer).iter().map(|(text, _)| text.len()).collect();
            assert_eq!(sizes, [900_003, 300_001]);
        }
    }
}
