//! Rows to windows: by the moment they carry or arrived at, or by count.

use std::collections::{BTreeMap, BTreeSet};

use driftline_chunk::{Chunk, ColumnValues, Schema};
use driftline_model::WindowSettings;
use driftline_profile::{ChunkHashes, ProfileOptions, TableProfile};
use serde::{Deserialize, Serialize};

use super::kept;
use crate::replay::secs_of_number;

/// Cells that the row sample of a window may hold in all, and counted values likewise: windows are many, and a look
/// takes several of them together.
const CELLS: usize = 64 << 10;
/// Rows further ahead of the clock than this carry a wrong moment; they are placed by when they arrived.
const AHEAD_MS: i64 = 60_000;
/// Windows without a row that are told one by one; of a longer gap, the last one stands for all.
const EMPTY_TOLD: i64 = 120;
/// Windows that one chunk may open before the oldest are closed: moments far apart cost a profile each.
const MOST_OPENED: usize = 256;
/// Share of a window that may be unwatched for it to be put beside others.
const MOST_UNWATCHED: f64 = 0.2;
/// Bytes of rows that open windows hold together at most, for metrics that need the rows themselves.
const HELD_BYTES: usize = 256 << 20;
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
    /// How long of it nobody watched, in milliseconds.
    pub(super) unwatched_ms: i64,
    /// Nobody watched between the window before and this one.
    pub(super) is_after_gap: bool,
    /// How far behind the clock the newest row was, in milliseconds.
    pub(super) lag_ms: Option<i64>,
    /// Which columns any record had.
    pub(super) present: Vec<bool>,
    #[serde(with = "kept::optional")]
    pub(super) profile: Option<TableProfile>,
    /// The rows themselves, for metrics that need them. They are not kept over a restart.
    #[serde(skip)]
    pub(super) chunks: Vec<Chunk>,
    #[serde(skip)]
    held_bytes: usize,
    /// There were more rows than are held, so that none are.
    #[serde(skip)]
    pub(super) is_beyond_memory: bool,
}

impl Pane {
    fn new(start_ms: i64, end_ms: i64) -> Self {
        Self {
            start_ms,
            end_ms,
            late_rows: 0,
            rejected_rows: 0,
            bytes: 0,
            unwatched_ms: 0,
            is_after_gap: false,
            lag_ms: None,
            present: Vec::new(),
            profile: None,
            chunks: Vec::new(),
            held_bytes: 0,
            is_beyond_memory: false,
        }
    }

    pub(super) fn rows(&self) -> u64 {
        self.profile.as_ref().map_or(0, TableProfile::rows)
    }

    /// Whether the rows themselves are here, all of them: after a restart they are not.
    pub(super) fn holds_all_rows(&self) -> bool {
        self.chunks.iter().map(|chunk| chunk.rows() as u64).sum::<u64>() == self.rows()
    }

    /// Holds rows, as long as they take no more than so many bytes.
    fn hold(&mut self, part: &Chunk, most_bytes: usize) {
        let bytes = part.batch().get_array_memory_size();
        if self.is_beyond_memory || self.held_bytes + bytes > most_bytes {
            self.is_beyond_memory = true;
            self.held_bytes = 0;
            self.chunks = Vec::new();
            return;
        }
        self.held_bytes += bytes;
        self.chunks.push(part.clone());
    }

    /// How long it was watched, in milliseconds.
    pub(super) fn watched_ms(&self) -> i64 {
        (self.end_ms - self.start_ms - self.unwatched_ms).max(1)
    }

    /// Whether it was watched for long enough to be put beside others.
    pub(super) fn is_comparable(&self) -> bool {
        self.unwatched_ms as f64 <= MOST_UNWATCHED * (self.end_ms - self.start_ms) as f64
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
    /// The clock when rows came last.
    arrived_ms: Option<i64>,
    /// Windows by count that are full.
    full: Vec<Pane>,
    #[serde(skip)]
    hashes: ChunkHashes,
}

impl Panes {
    pub(super) fn new(settings: &WindowSettings) -> Self {
        let ms = |secs: f64| (secs * 1000.0).round().clamp(0.0, 1e12) as i64;
        Self {
            length_ms: ms(settings.length_secs).max(SHORTEST_MS),
            lateness_ms: ms(settings.lateness_secs),
            rows: settings.rows,
            time_column: settings.time_column.clone(),
            keeps_chunks: false,
            open: BTreeMap::new(),
            closed_until_ms: None,
            newest_ms: None,
            now_ms: 0,
            arrived_ms: None,
            full: Vec::new(),
            hashes: ChunkHashes::new(),
        }
    }

    /// Whether windows hold the rows themselves from now on.
    pub(super) fn set_keeps_chunks(&mut self, keeps_chunks: bool) {
        self.keeps_chunks = keeps_chunks;
    }

    /// Length of a window in milliseconds.
    pub(super) fn length_ms(&self) -> i64 {
        self.length_ms
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
        if chunk.rows() > 0 {
            self.arrived_ms = Some(self.now_ms);
        }
        let (mut placed, unplaced) = self.placed(chunk);
        let own = self.present();
        if !unplaced.is_empty() {
            let rows = placed.entry(own).or_default();
            rows.extend(unplaced);
            rows.sort_unstable();
        }
        let mut late = Vec::new();
        for (start_ms, rows) in placed {
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

    /// How long no row has come. Windows of moments that rows carry stay open then, since rows may only be late.
    pub(super) fn idle_ms(&self) -> i64 {
        let waits = self.time_column.is_some() && self.rows == 0 && !self.open.is_empty();
        self.arrived_ms.filter(|_| waits).map_or(0, |arrived| self.now_ms - arrived)
    }

    /// The rows of a chunk in pieces that open a bounded number of windows each, oldest first.
    pub(super) fn in_order(&self, chunk: &Chunk) -> Vec<Chunk> {
        let Some(moments) = self.moments_of(chunk) else { return vec![chunk.clone()] };
        let mut slots: BTreeMap<i64, Vec<u32>> = BTreeMap::new();
        for (row, moment) in (0_u32..).zip(moments) {
            slots.entry(moment.map_or(i64::MIN, |moment| self.slot(moment))).or_default().push(row);
        }
        if slots.len() <= MOST_OPENED {
            return vec![chunk.clone()];
        }
        let slots: Vec<Vec<u32>> = slots.into_values().collect();
        let piece = |slots: &[Vec<u32>]| {
            let mut rows = slots.concat();
            rows.sort_unstable();
            chunk.take(&rows).ok()
        };
        slots.chunks(MOST_OPENED).filter_map(piece).collect()
    }

    /// Nobody watched until now: what is between is not a gap of the feed.
    pub(super) fn resume(&mut self, now_ms: i64) {
        let from = self.now_ms;
        self.now_ms = self.now_ms.max(now_ms);
        self.arrived_ms = self.arrived_ms.map(|_| self.now_ms);
        let has_begun = self.closed_until_ms.is_some() || !self.open.is_empty();
        if self.time_column.is_some() || self.rows > 0 || !has_begun {
            return;
        }
        let (last, until) = (self.slot(from), self.now_ms);
        let closed = self.closed_until_ms.unwrap_or(i64::MIN);
        for start_ms in BTreeSet::from([last, self.slot(until)]).range(closed..) {
            let pane = self.pane(*start_ms);
            pane.unwatched_ms += (pane.end_ms.min(until) - from.max(*start_ms)).max(0);
            pane.is_after_gap |= *start_ms > last;
        }
    }

    /// The window in which what carries no moment belongs.
    fn present(&self) -> i64 {
        let moment = self.newest_ms.filter(|_| self.time_column.is_some()).unwrap_or(self.now_ms);
        self.slot(moment).max(self.closed_until_ms.unwrap_or(i64::MIN))
    }

    fn first_open(&self, otherwise: i64) -> i64 {
        self.open.keys().next().copied().unwrap_or(otherwise)
    }

    /// Windows that end until this moment are complete.
    fn watermark_ms(&self) -> i64 {
        match (&self.time_column, self.newest_ms) {
            (None, _) => self.now_ms,
            (Some(_), Some(newest)) => newest - self.lateness_ms,
            (Some(_), None) => i64::MIN / 2,
        }
    }

    fn close_until(&mut self, until: i64) -> Vec<Pane> {
        let mut closed = Vec::new();
        let mut next = self.closed_until_ms.unwrap_or_else(|| self.first_open(until));
        while let Some(entry) = self.open.first_entry().filter(|entry| *entry.key() < until) {
            let pane = entry.remove();
            let told = if pane.is_after_gap { pane.start_ms } else { next };
            closed.extend(empty(told, pane.start_ms, self.length_ms));
            next = pane.end_ms;
            closed.push(pane);
        }
        if self.closed_until_ms.is_some() || !closed.is_empty() {
            // The window in which watching began again may still be open: what is before it is the gap all the same.
            let is_gap = self.open.values().next().is_some_and(|pane| pane.is_after_gap);
            closed.extend(empty(next, if is_gap { next } else { until }, self.length_ms));
            self.closed_until_ms = Some(self.closed_until_ms.map_or(until, |known| known.max(until)));
        }
        closed
    }

    fn slot(&self, at_ms: i64) -> i64 {
        at_ms.div_euclid(self.length_ms) * self.length_ms
    }

    /// The rows of a chunk by the window in which they belong, and those that do not say.
    fn placed(&mut self, chunk: &Chunk) -> (BTreeMap<i64, Vec<u32>>, Vec<u32>) {
        let mut placed: BTreeMap<i64, Vec<u32>> = BTreeMap::new();
        let rows = chunk.rows() as u32;
        let Some(moments) = self.moments_of(chunk) else { return (placed, (0..rows).collect()) };
        let mut unplaced = Vec::new();
        for (row, moment) in (0..rows).zip(moments) {
            match moment.filter(|&moment| moment <= self.now_ms + AHEAD_MS) {
                Some(moment) => {
                    self.newest_ms = Some(self.newest_ms.map_or(moment, |newest| newest.max(moment)));
                    placed.entry(self.slot(moment)).or_default().push(row);
                }
                None => unplaced.push(row),
            }
        }
        (placed, unplaced)
    }

    /// The moments that rows carry, in milliseconds; nothing when they carry none.
    fn moments_of(&self, chunk: &Chunk) -> Option<Vec<Option<i64>>> {
        let name = self.time_column.as_deref()?;
        let column = chunk.schema().fields().iter().position(|field| field.name == name)?;
        moments(chunk, column)
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
        let held_bytes: usize =
            self.open.iter().filter(|(at, _)| **at != start_ms).map(|(_, pane)| pane.held_bytes).sum();
        let keeps_chunks = self.keeps_chunks;
        let pane = self.pane(start_ms);
        let profile = pane.profile.get_or_insert_with(|| empty_profile(part.schema()));
        profile.update(part, &hashes);
        pane.present.resize(arrival.present.len(), false);
        for (known, now) in pane.present.iter_mut().zip(arrival.present) {
            *known |= now;
        }
        if keeps_chunks {
            pane.hold(part, HELD_BYTES.saturating_sub(held_bytes));
        }
        self.hashes = hashes;
    }
}

/// Windows without rows.
fn empty(from: i64, until: i64, length_ms: i64) -> impl Iterator<Item = Pane> {
    let count = ((until - from) / length_ms).max(0);
    let left_out = if count > EMPTY_TOLD { count - 1 } else { 0 };
    (left_out..count).map(move |i| Pane::new(from + i * length_ms, from + (i + 1) * length_ms))
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
        ColumnValues::Number(array) => {
            let ms = |number: f64| secs_of_number(number).map(|secs| (secs * 1000.0) as i64);
            Some(array.iter().map(|number| number.and_then(ms)).collect())
        }
        ColumnValues::Boolean(_) | ColumnValues::Text(_) => None,
    }
}
