//! Rows to windows: by the moment they carry or arrived at, or by count.

use std::collections::BTreeMap;

use driftline_chunk::{Chunk, ColumnValues, Schema};
use driftline_model::WindowSettings;
use driftline_profile::{ChunkHashes, ProfileOptions, TableProfile};
use serde::{Deserialize, Serialize};

use super::kept;

/// Cells that the row sample of a window may hold in all, and counted values likewise: windows are many, and a look
/// takes several of them together.
const CELLS: usize = 64 << 10;
/// Rows further ahead of the clock than this carry a wrong moment; they are placed by when they arrived.
const AHEAD_MS: i64 = 60_000;
/// Windows without a row that are told one by one after a gap; the rest of a longer gap is left out.
const EMPTY_TOLD: i64 = 600;
/// Shortest window in milliseconds.
const SHORTEST_MS: i64 = 100;

/// How much the profile of a window of so many columns keeps.
pub fn profile_options(columns: usize) -> ProfileOptions {
    let each = CELLS / columns.max(1);
    ProfileOptions { sample_rows: each.clamp(512, 4096), exact_values: each.clamp(256, 4096) }
}

/// One window that is open, or has just been closed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Pane {
    pub(super) start_ms: i64,
    pub(super) end_ms: i64,
    pub(super) late_rows: u64,
    pub(super) rejected_rows: u64,
    pub(super) bytes: u64,
    /// How far behind the clock the newest row was, in milliseconds.
    pub(super) lag_ms: Option<i64>,
    /// Which columns any record had.
    pub(super) present: Vec<bool>,
    #[serde(with = "kept::optional")]
    pub(super) profile: Option<TableProfile>,
    /// The rows themselves, for metrics that need them. They are not kept over a restart.
    #[serde(skip)]
    pub(super) chunks: Vec<Chunk>,
}

impl Pane {
    fn new(start_ms: i64, end_ms: i64) -> Self {
        Self {
            start_ms,
            end_ms,
            late_rows: 0,
            rejected_rows: 0,
            bytes: 0,
            lag_ms: None,
            present: Vec::new(),
            profile: None,
            chunks: Vec::new(),
        }
    }

    pub(super) fn rows(&self) -> u64 {
        self.profile.as_ref().map_or(0, TableProfile::rows)
    }
}

/// What comes with the rows of a chunk.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival<'a> {
    pub(super) now_ms: i64,
    pub(super) rejected_rows: u64,
    pub(super) bytes: u64,
    /// For every column whether any record had it.
    pub(super) present: &'a [bool],
}

/// The windows that are open.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Panes {
    length_ms: i64,
    lateness_ms: i64,
    rows: u64,
    time_column: Option<String>,
    keeps_chunks: bool,
    open: BTreeMap<i64, Pane>,
    /// Every window that ends here or before is closed.
    closed_until_ms: Option<i64>,
    /// Newest moment that a row carried.
    newest_ms: Option<i64>,
    /// The clock, which never goes back here.
    now_ms: i64,
    /// Windows by count that are full.
    full: Vec<Pane>,
    #[serde(skip)]
    hashes: ChunkHashes,
}

impl Panes {
    pub(super) fn new(settings: &WindowSettings, keeps_chunks: bool) -> Self {
        let ms = |secs: f64| (secs * 1000.0).round().clamp(0.0, 1e12) as i64;
        Self {
            length_ms: ms(settings.length_secs).max(SHORTEST_MS),
            lateness_ms: ms(settings.lateness_secs),
            rows: settings.rows,
            time_column: settings.time_column.clone(),
            keeps_chunks,
            open: BTreeMap::new(),
            closed_until_ms: None,
            newest_ms: None,
            now_ms: 0,
            full: Vec::new(),
            hashes: ChunkHashes::new(),
        }
    }

    /// Up to where windows are closed.
    pub(super) fn closed_until_ms(&self) -> Option<i64> {
        self.closed_until_ms
    }

    /// The clock as far as it is known.
    pub(super) fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// Takes in rows. Gives those that came too late for their window, with the moment of their window.
    pub(super) fn push(&mut self, chunk: &Chunk, arrival: &Arrival<'_>) -> Vec<(i64, Chunk)> {
        self.now_ms = self.now_ms.max(arrival.now_ms);
        if self.rows > 0 {
            self.push_counted(chunk, arrival);
            return Vec::new();
        }
        let own = self.slot(self.now_ms).max(self.closed_until_ms.unwrap_or(i64::MIN));
        let mut late = Vec::new();
        for (start_ms, rows) in self.placed(chunk, own) {
            let is_whole = rows.len() == chunk.rows();
            let part = if is_whole { Some(chunk.clone()) } else { chunk.take(&rows).ok() };
            let Some(part) = part else { continue };
            if self.closed_until_ms.is_some_and(|closed| start_ms < closed) {
                self.pane(own).late_rows += part.rows() as u64;
                late.push((start_ms, part));
            } else {
                self.add(start_ms, &part, arrival);
            }
        }
        // What has no rows still says something of the window in which it came.
        let lag_ms = self.newest_ms.map(|newest| (self.now_ms - newest).max(0));
        let has_time = self.time_column.is_some();
        let pane = self.pane(own);
        pane.rejected_rows += arrival.rejected_rows;
        pane.bytes += arrival.bytes;
        if has_time {
            pane.lag_ms = lag_ms.or(pane.lag_ms);
        }
        late
    }

    /// Closes what is due at this moment, oldest first; windows without rows among them.
    pub(super) fn due(&mut self, now_ms: i64) -> Vec<Pane> {
        self.now_ms = self.now_ms.max(now_ms);
        let mut closed = std::mem::take(&mut self.full);
        if self.rows > 0 {
            return closed;
        }
        let until = self.slot(self.watermark_ms());
        closed.extend(self.close_until(until));
        closed
    }

    /// Closes everything, because the feed has ended or its columns have changed.
    pub(super) fn all(&mut self) -> Vec<Pane> {
        let mut closed = std::mem::take(&mut self.full);
        let last = self.open.values().map(|pane| pane.end_ms).max();
        if let Some(last) = last {
            match self.rows {
                0 => closed.extend(self.close_until(last)),
                _ => closed.extend(std::mem::take(&mut self.open).into_values()),
            }
        }
        closed
    }

    /// Nobody watched until now: what is between is not a gap of the feed.
    pub(super) fn resume(&mut self, now_ms: i64) {
        self.now_ms = self.now_ms.max(now_ms);
        if self.time_column.is_none() && self.rows == 0 {
            let now = self.slot(self.now_ms);
            self.closed_until_ms =
                self.closed_until_ms.map(|closed| closed.max(now.min(self.first_open(now))));
        }
    }

    fn first_open(&self, otherwise: i64) -> i64 {
        self.open.keys().next().copied().unwrap_or(otherwise)
    }

    /// Windows that begin before this moment are complete.
    fn watermark_ms(&self) -> i64 {
        match (&self.time_column, self.newest_ms) {
            (None, _) => self.now_ms,
            // A feed that has stopped does not keep its last windows open for ever.
            (Some(_), Some(newest)) => (newest - self.lateness_ms)
                .max(self.now_ms.min(newest + AHEAD_MS) - self.lateness_ms - AHEAD_MS),
            (Some(_), None) => i64::MIN / 2,
        }
    }

    fn close_until(&mut self, until: i64) -> Vec<Pane> {
        let mut closed = Vec::new();
        let mut next = self.closed_until_ms.unwrap_or_else(|| self.first_open(until));
        next = next.max(until - EMPTY_TOLD * self.length_ms).min(self.first_open(next.max(until)).max(next));
        while let Some((&start, _)) = self.open.first_key_value() {
            if start >= until {
                break;
            }
            let missing_from = next.max(start - EMPTY_TOLD * self.length_ms);
            closed.extend(self.empty(missing_from, start));
            if let Some((_, pane)) = self.open.pop_first() {
                next = pane.end_ms;
                closed.push(pane);
            }
        }
        if self.closed_until_ms.is_some() || !closed.is_empty() {
            closed.extend(self.empty(next, until));
            self.closed_until_ms = Some(self.closed_until_ms.map_or(until, |known| known.max(until)));
        }
        closed
    }

    fn empty(&self, from: i64, until: i64) -> impl Iterator<Item = Pane> {
        let length = self.length_ms;
        let count = ((until - from) / length).max(0);
        (0..count).map(move |i| Pane::new(from + i * length, from + (i + 1) * length))
    }

    fn slot(&self, at_ms: i64) -> i64 {
        at_ms.div_euclid(self.length_ms) * self.length_ms
    }

    /// The rows of a chunk by the window in which they belong.
    fn placed(&mut self, chunk: &Chunk, own: i64) -> Vec<(i64, Vec<u32>)> {
        let rows = chunk.rows() as u32;
        let column = self
            .time_column
            .as_deref()
            .and_then(|name| chunk.schema().fields().iter().position(|field| field.name == name));
        let moments = column.and_then(|column| moments(chunk, column));
        let Some(moments) = moments else { return vec![(own, (0..rows).collect())] };
        let mut placed: BTreeMap<i64, Vec<u32>> = BTreeMap::new();
        for (row, moment) in (0..rows).zip(moments) {
            let moment = moment.filter(|&moment| moment <= self.now_ms + AHEAD_MS);
            if let Some(moment) = moment {
                self.newest_ms = Some(self.newest_ms.map_or(moment, |newest| newest.max(moment)));
            }
            placed.entry(moment.map_or(own, |moment| self.slot(moment))).or_default().push(row);
        }
        placed.into_iter().collect()
    }

    fn push_counted(&mut self, chunk: &Chunk, arrival: &Arrival<'_>) {
        let mut first = 0;
        let total = chunk.rows() as u64;
        let now = self.now_ms;
        while first < total {
            let held = self.pane(0).rows();
            if held == 0 {
                self.pane(0).start_ms = self.closed_until_ms.unwrap_or(now);
            }
            let next = total.min(first + (self.rows - held.min(self.rows)));
            let rows: Vec<u32> = (first as u32..next as u32).collect();
            if let Ok(part) = chunk.take(&rows) {
                self.add(0, &part, arrival);
            }
            first = next;
            if self.pane(0).rows() >= self.rows {
                self.end_counted(now);
            }
        }
        let pane = self.pane(0);
        pane.rejected_rows += arrival.rejected_rows;
        pane.bytes += arrival.bytes;
    }

    fn end_counted(&mut self, now: i64) {
        if let Some(mut pane) = self.open.remove(&0) {
            pane.end_ms = now.max(pane.start_ms + 1);
            self.closed_until_ms = Some(pane.end_ms);
            self.full.push(pane);
        }
    }

    fn pane(&mut self, start_ms: i64) -> &mut Pane {
        let end_ms = start_ms + self.length_ms;
        self.open.entry(start_ms).or_insert_with(|| Pane::new(start_ms, end_ms))
    }

    fn add(&mut self, start_ms: i64, part: &Chunk, arrival: &Arrival<'_>) {
        let mut hashes = std::mem::take(&mut self.hashes);
        hashes.fill(part);
        let keeps_chunks = self.keeps_chunks;
        let pane = self.pane(start_ms);
        let profile = pane.profile.get_or_insert_with(|| empty_profile(part.schema()));
        profile.update(part, &hashes);
        pane.present.resize(arrival.present.len(), false);
        for (known, now) in pane.present.iter_mut().zip(arrival.present) {
            *known |= now;
        }
        if keeps_chunks {
            pane.chunks.push(part.clone());
        }
        self.hashes = hashes;
    }
}

/// The profile of no rows of a window.
pub(super) fn empty_profile(schema: &Schema) -> TableProfile {
    TableProfile::new(schema.clone(), profile_options(schema.len()), None)
}

/// The moments in a column, in milliseconds; nothing when it holds something else.
fn moments(chunk: &Chunk, column: usize) -> Option<Vec<Option<i64>>> {
    match chunk.column(column) {
        ColumnValues::Datetime(array) => {
            Some(array.iter().map(|micros| micros.map(|micros| micros.div_euclid(1000))).collect())
        }
        ColumnValues::Number(array) => Some(array.iter().map(|number| number.and_then(epoch_ms)).collect()),
        ColumnValues::Boolean(_) | ColumnValues::Text(_) => None,
    }
}

/// A number that counts seconds, milliseconds or microseconds since 1970, by its size.
fn epoch_ms(number: f64) -> Option<i64> {
    let ms = match number.abs() {
        size if !size.is_finite() => return None,
        size if size < 1e11 => number * 1000.0,
        size if size < 1e14 => number,
        _ => number / 1000.0,
    };
    Some(ms as i64)
}
