//! Delimiter, quote, escape and line ends: every candidate reads the beginning, and the best reading wins.
//!
//! A reading is good when its records have the same number of cells, when the cells of a column look alike and
//! look like values, and when quotes stand where they should. Consistency times types is the idea of van den
//! Burg, Nazabal and Sutton, "Wrangling messy CSV files by detecting row and type patterns" (2019); the measure
//! here is our own and scores columns instead of rows.

use std::collections::BTreeMap;

use memchr::memmem;

use super::shape::{SHAPES, Shape};
use crate::dialect::{Dialect, Escape, Newline};
use crate::repair::{Ends, Grammar};

/// Bytes that the candidates read.
const SCORED_BYTES: usize = 48 << 10;
/// Records and columns that are scored.
const SCORED_RECORDS: usize = 300;
const SCORED_COLUMNS: usize = 48;
/// Delimiters that are tried, with what they start with: signs that stand within values seldom separate them.
const DELIMITERS: [(u8, f64); 19] = [
    (b',', 1.0),
    (b';', 1.0),
    (b'\t', 1.0),
    (b'|', 0.99),
    (b':', 0.7),
    (b' ', 0.72),
    (b'^', 0.85),
    (b'~', 0.85),
    (b'#', 0.65),
    (b'&', 0.6),
    (b'*', 0.6),
    (b'+', 0.6),
    (b'!', 0.6),
    (b'?', 0.6),
    (b'=', 0.5),
    (b'/', 0.4),
    (b'@', 0.5),
    (0x01, 0.95),
    (0x1F, 0.95),
];
/// What runs of records of one width count, when there are several widths.
const RUNS: f64 = 0.85;
/// How much better a reading must be that takes spaces for a part of the delimiter.
const SPACE_LEAD: f64 = 0.02;
/// What a table of one column starts with.
const ONE_COLUMN: f64 = 0.42;

/// What is fixed by the user.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wanted {
    pub(crate) delimiter: Option<u8>,
    /// A quote, or that there is none.
    pub(crate) quote: Option<Option<u8>>,
    pub(crate) escape: Option<Escape>,
    pub(crate) newline: Option<Newline>,
}

/// The signs that were found.
#[derive(Debug, Clone)]
pub(crate) struct Signs {
    pub(crate) grammar: Grammar,
    pub(crate) newline: Newline,
    pub(crate) is_quoted: bool,
    /// How much better than the second best, 0..1.
    pub(crate) confidence: f64,
    /// Records with the usual number of cells, records in all, and that number.
    pub(crate) agreeing: (usize, usize, usize),
}

#[derive(Debug, Clone, Copy, Default)]
struct Score {
    value: f64,
    quoted: usize,
    agreeing: (usize, usize, usize),
}

impl Score {
    fn times(self, factor: f64) -> Self {
        Self { value: self.value * factor, ..self }
    }
}

/// The best reading so far, and the best one with another delimiter.
#[derive(Debug, Default)]
struct Race {
    best: Option<(Grammar, Score)>,
    second: f64,
}

impl Race {
    fn enter(&mut self, grammar: Grammar, score: Score) {
        let Some((leader, top)) = &self.best else {
            self.best = Some((grammar, score));
            return;
        };
        let is_other = leader.delimiter != grammar.delimiter;
        // A reading that takes more liberties must be clearly better.
        let bar = if grammar.takes_space { top.value + SPACE_LEAD } else { top.value + 1e-9 };
        if score.value > bar {
            self.second = if is_other { self.second.max(top.value) } else { self.second };
            self.best = Some((grammar, score));
        } else if is_other {
            self.second = self.second.max(score.value);
        }
    }
}

/// Whether a space may belong to the delimiter: only where most are followed by one.
fn spaces(sample: &[u8], delimiter: u8) -> Vec<bool> {
    let all = memchr::memchr_iter(delimiter, sample).count();
    let spaced = memmem::find_iter(sample, &[delimiter, b' ']).count();
    let may = !matches!(delimiter, b' ' | b'\t') && 4 * spaced > 3 * all;
    if may { vec![false, true] } else { vec![false] }
}

/// The signs of the text that starts with `bytes`.
pub(crate) fn find_signs(bytes: &[u8], is_all: bool, wanted: Wanted) -> Signs {
    let sample = sample(bytes, is_all);
    let mut race = Race::default();
    for ends in line_ends(sample, wanted.newline) {
        for (delimiter, prior) in delimiters(sample, wanted.delimiter) {
            for quote in quotes(sample, wanted.quote) {
                for escape in escapes(sample, quote, wanted.escape) {
                    if Some(delimiter) == quote {
                        continue;
                    }
                    for takes_space in spaces(sample, delimiter) {
                        let (doubles_backslash, value) = (false, prior);
                        let grammar =
                            Grammar { delimiter, quote, escape, ends, takes_space, doubles_backslash };
                        race.enter(grammar, score(sample, grammar).times(value));
                    }
                }
            }
        }
    }
    let Race { best, second } = race;
    let (mut grammar, score) = best.unwrap_or((Grammar::of(&Dialect::STANDARD), Score::default()));
    grammar.takes_space |= takes_space(sample, grammar);
    grammar.doubles_backslash = grammar.escape == Escape::Backslash && doubles_backslash(sample, grammar);
    // The best is not always the one of the highest value: no lead, then.
    let lead = if score.value > 0.0 { (1.0 - second / score.value).max(0.0) } else { 0.0 };
    let (same, all, _) = score.agreeing;
    let share = same as f64 / all.max(1) as f64;
    let confidence = ((0.35 + 0.65 * lead.sqrt()) * (0.4 + 0.6 * share)).clamp(0.0, 1.0);
    let newline = newline(sample, wanted.newline);
    Signs { grammar, newline, is_quoted: score.quoted > 0, confidence, agreeing: score.agreeing }
}

/// Whole lines from the beginning.
fn sample(bytes: &[u8], is_all: bool) -> &[u8] {
    let head = bytes.get(..SCORED_BYTES.min(bytes.len())).unwrap_or_default();
    if is_all && head.len() == bytes.len() {
        return head;
    }
    match head.iter().rposition(|byte| matches!(byte, b'\n' | b'\r')) {
        Some(at) => head.get(..=at).unwrap_or_default(),
        None => head,
    }
}

/// LF, CR LF, CR.
fn line_end_counts(bytes: &[u8]) -> (usize, usize, usize) {
    let lf = memchr::memchr_iter(b'\n', bytes).count();
    let crlf = memmem::find_iter(bytes, b"\r\n").count();
    let cr = memchr::memchr_iter(b'\r', bytes).count();
    (lf - crlf, crlf, cr - crlf)
}

pub(crate) fn newline(bytes: &[u8], wanted: Option<Newline>) -> Newline {
    let (lf, crlf, cr) = line_end_counts(bytes);
    wanted.unwrap_or(if cr > lf + crlf {
        Newline::Cr
    } else if crlf > lf {
        Newline::CrLf
    } else {
        Newline::Lf
    })
}

fn line_ends(sample: &[u8], wanted: Option<Newline>) -> Vec<Ends> {
    match wanted {
        Some(Newline::Cr) => return vec![Ends::Cr],
        Some(_) => return vec![Ends::Lf],
        None => {}
    }
    let (lf, crlf, cr) = line_end_counts(sample);
    match (lf + crlf > 0, cr > 0) {
        (true, true) => vec![Ends::Lf, Ends::Any],
        (false, true) => vec![Ends::Cr],
        _ => vec![Ends::Lf],
    }
}

fn delimiters(sample: &[u8], wanted: Option<u8>) -> Vec<(u8, f64)> {
    if let Some(delimiter) = wanted {
        return vec![(delimiter, 1.0)];
    }
    let lines = sample.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count();
    let mut counts = [0_usize; 256];
    for byte in sample {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let occurs = |byte: u8| counts.get(usize::from(byte)).copied().unwrap_or_default() * 3 > lines;
    DELIMITERS.into_iter().filter(|(byte, _)| *byte == b',' || occurs(*byte)).collect()
}

fn quotes(sample: &[u8], wanted: Option<Option<u8>>) -> Vec<Option<u8>> {
    if let Some(quote) = wanted {
        return vec![quote];
    }
    let mut quotes = vec![Some(b'"')];
    let mut contains = |byte: u8| {
        if memchr::memchr(byte, sample).is_some() {
            quotes.push(Some(byte));
        }
    };
    contains(b'\'');
    if sample.windows(2).filter(|pair| matches!(pair, [b'~', b',' | b';' | b'\n' | b'\r' | b'\t'])).count()
        > 1
    {
        contains(b'~');
    }
    quotes
}

fn escapes(sample: &[u8], quote: Option<u8>, wanted: Option<Escape>) -> Vec<Escape> {
    if let Some(escape) = wanted {
        return vec![escape];
    }
    let Some(quote) = quote else { return vec![Escape::Doubled] };
    match memmem::find(sample, &[b'\\', quote]) {
        Some(_) => vec![Escape::Doubled, Escape::Backslash],
        None => vec![Escape::Doubled],
    }
}

/// How the cells of a column look.
#[derive(Debug, Clone, Copy, Default)]
struct Look {
    shapes: [u32; SHAPES],
    worth: f64,
    cells: u32,
}

impl Look {
    /// Share of the values that look like most of them.
    fn cohesion(&self) -> f64 {
        let of = |wanted: fn(Shape) -> bool| -> u32 {
            Shape::ALL
                .iter()
                .zip(self.shapes)
                .filter(|(shape, _)| wanted(**shape))
                .map(|(_, count)| count)
                .sum()
        };
        let values = self.cells - of(Shape::is_void);
        if values == 0 {
            return 0.8;
        }
        let numbers = of(|shape| matches!(shape, Shape::Integer | Shape::Number));
        let moments = of(|shape| matches!(shape, Shape::Date | Shape::Time));
        let best = numbers.max(moments).max(of(Shape::is_textual));
        f64::from(best) / f64::from(values)
    }

    fn is_typed(&self) -> bool {
        let typed: u32 = Shape::ALL
            .iter()
            .zip(self.shapes)
            .filter(|(shape, _)| shape.is_typed())
            .map(|(_, count)| count)
            .sum();
        2 * typed > self.cells
    }
}

fn score(sample: &[u8], grammar: Grammar) -> Score {
    let mut records: Vec<(usize, usize)> = Vec::new();
    let mut spans: Vec<(usize, usize)> = Vec::new();
    let (mut at, mut quoted, mut bad) = (0, 0, 0.0);
    while at < sample.len() && records.len() < SCORED_RECORDS {
        let first = spans.len();
        let mut scan = grammar.scan(sample, at, |start, end| spans.push((start, end)));
        if scan.strays > 0 || scan.open {
            // A lost quote swallows no more than its line.
            spans.truncate(first);
            let (end, next) = grammar.line(sample, at).unwrap_or((sample.len(), sample.len()));
            let line = sample.get(..end).unwrap_or_default();
            scan = grammar.scan(line, at, |start, end| spans.push((start, end)));
            (scan.end, scan.next) = (end, next);
        }
        let is_blank = scan.cells == 1 && scan.end == at;
        let is_comment = sample.get(at) == Some(&b'#') && grammar.delimiter != b'#';
        if is_blank || is_comment {
            spans.truncate(first);
        } else {
            records.push((first, scan.cells));
            quoted += scan.quoted;
            bad += scan.strays as f64 + 0.5 * scan.literal as f64;
        }
        at = scan.next;
    }
    let Some((cells, same)) = usual(&records) else { return Score::default() };
    // An apostrophe is a quote only where it stands as one most of the time.
    if grammar.quote != Some(b'"') && grammar.quote.is_some() && (quoted as f64) < 1.0 + 2.0 * bad {
        return Score::default();
    }
    let looks = looks(sample, &records, (&spans, cells, grammar));
    let share = (same as f64 / records.len() as f64).max(RUNS * runs(&records));
    let columns = looks.len().max(1) as f64;
    let worth: f64 =
        looks.iter().map(|look| look.worth / f64::from(look.cells.max(1))).sum::<f64>() / columns;
    let cohesion: f64 = looks.iter().map(Look::cohesion).sum::<f64>() / columns;
    let is_loose = matches!(grammar.delimiter, b' ' | b':' | b'/' | b'=');
    let evidence = match (is_loose && !looks.iter().any(Look::is_typed), cells) {
        (false, _) => 1.0,
        (true, 0..=3) => 0.55,
        (true, _) => 0.75,
    };
    let rich = if cells == 1 { ONE_COLUMN } else { 1.0 - 0.4 / cells as f64 };
    let quoting = 1.0 - 0.5 * bad / (quoted as f64 + bad + 4.0);
    let kept = if quoted > 0 { 1.0 } else { 0.999 };
    let value = share.powf(1.4) * (0.6 * worth + 0.4 * cohesion) * rich * quoting * evidence * kept;
    Score { value, quoted, agreeing: (same, records.len(), cells) }
}

/// Share of the records that have as many cells as the one before, more than one: that of two tables behind each
/// other is high too.
fn runs(records: &[(usize, usize)]) -> f64 {
    let same = records.windows(2).filter(|pair| matches!(pair, [(_, a), (_, b)] if a == b && *a > 1)).count();
    same as f64 / records.len().saturating_sub(1).max(1) as f64
}

/// The number of cells that most records have, more rather than fewer, and how many have it.
fn usual(records: &[(usize, usize)]) -> Option<(usize, usize)> {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for (_, cells) in records {
        *counts.entry(*cells).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(cells, count)| (*count, *cells))
}

fn looks(
    sample: &[u8],
    records: &[(usize, usize)],
    (spans, cells, grammar): (&[(usize, usize)], usize, Grammar),
) -> Vec<Look> {
    let mut looks = vec![Look::default(); cells.min(SCORED_COLUMNS)];
    for (first, _) in records.iter().filter(|(_, count)| *count == cells) {
        let own = spans.get(*first..).unwrap_or_default();
        for (look, (start, end)) in looks.iter_mut().zip(own) {
            let raw = sample.get(*start..*end).unwrap_or_default();
            let shape = Shape::of(&grammar.content(raw));
            // Between quotes anything may stand.
            let is_quoted = grammar.quote.is_some() && raw.first().copied() == grammar.quote;
            let worth = if is_quoted { shape.worth().max(0.9) } else { shape.worth() };
            look.worth += worth;
            look.cells += 1;
            if let Some(count) = look.shapes.get_mut(shape as usize) {
                *count += 1;
            }
        }
    }
    looks
}

/// Whether every delimiter is followed by a space, so that the two are one sign.
fn takes_space(sample: &[u8], grammar: Grammar) -> bool {
    if matches!(grammar.delimiter, b' ' | b'\t') {
        return false;
    }
    let spaced = Grammar { takes_space: true, ..grammar };
    let (mut at, mut delimiters) = (0, 0);
    while at < sample.len() {
        let mut is_spaced = true;
        let mut first = true;
        let scan = spaced.scan(sample, at, |start, _| {
            is_spaced &= first || sample.get(start.wrapping_sub(1)) == Some(&b' ');
            first = false;
        });
        if !is_spaced {
            return false;
        }
        delimiters += scan.cells - 1;
        at = scan.next;
    }
    delimiters >= 2
}

/// Whether a backslash that escapes nothing else is always written twice.
fn doubles_backslash(sample: &[u8], grammar: Grammar) -> bool {
    let mut bytes = sample.iter().copied().peekable();
    let mut pairs = 0;
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            continue;
        }
        match bytes.next() {
            Some(b'\\') => pairs += 1,
            next if next == grammar.quote || next == Some(grammar.delimiter) => {}
            _ => return false,
        }
    }
    pairs > 0
}
