//! What a monitor computes, and how it is kept over a restart.

use driftline_engine::live::{Closed, LiveRows, Monitor};
use driftline_engine::{EngineError, ProfileFile};
use driftline_ingest::ReadOptions;
use driftline_ingest::live::{KnownColumn, LiveDecoder, Physical, RowFormat};
use driftline_model::service::{FeedSettings, MonitorRecord};
use serde::{Deserialize, Serialize};

use super::own_metrics::{Troubles, computed};

/// Version of what is kept.
const VERSION: u16 = 1;

/// Rows to windows.
pub(super) struct Process {
    decoder: LiveDecoder,
    monitor: Monitor,
    troubles: Troubles,
    /// Where the feed stands behind all that was taken in.
    pub(super) position: Option<String>,
    key: String,
}

/// A piece with the moment at which it came.
pub(super) struct Arrived {
    /// Nothing: nobody looked until this moment.
    pub(super) rows: Option<(RowFormat, bytes::Bytes)>,
    pub(super) at_ms: i64,
    pub(super) position: String,
}

#[derive(Serialize, Deserialize)]
struct KeptState {
    version: u16,
    key: String,
    position: Option<String>,
    columns: Vec<(String, u8, u8, bool)>,
    offset: u64,
    monitor: Vec<u8>,
}

impl Process {
    /// A process that begins, or goes on from what was kept where that is of the same feed, windows and baseline.
    pub(super) fn new(
        record: &MonitorRecord,
        options: &ReadOptions,
        saved: Option<ProfileFile>,
        kept: Option<&[u8]>,
    ) -> Self {
        let key = key_of(record);
        let mut process = kept
            .and_then(|bytes| Self::resumed(record, options, (&key, bytes)))
            .unwrap_or_else(|| Self::begun(record, options, saved, key));
        let metrics = &record.settings.metrics;
        if !metrics.is_empty() {
            process.monitor = process.monitor.with_custom_metrics(computed(metrics, &process.troubles));
        }
        process
    }

    fn begun(record: &MonitorRecord, options: &ReadOptions, saved: Option<ProfileFile>, key: String) -> Self {
        let saved = saved.map(|file| (file.side().clone(), file.profile().clone()));
        Self {
            decoder: LiveDecoder::new(options, Vec::new(), 0),
            monitor: Monitor::new(&record.name, &record.settings, saved),
            troubles: Troubles::default(),
            position: None,
            key,
        }
    }

    fn resumed(record: &MonitorRecord, options: &ReadOptions, (key, bytes): (&str, &[u8])) -> Option<Self> {
        let kept: KeptState =
            postcard::from_bytes(bytes).ok().filter(|kept: &KeptState| kept.version == VERSION)?;
        if kept.key != key {
            return None;
        }
        let monitor = Monitor::from_bytes(&record.name, &record.settings, &kept.monitor);
        let monitor = monitor
            .inspect_err(
                |error| tracing::warn!(monitor = record.name, cause = %error, "a monitor begins anew"),
            )
            .ok()?;
        let columns = kept.columns.into_iter().map(|(name, physical, date_format, has_decimal_comma)| {
            KnownColumn { name, physical: Physical::of_code(physical), date_format, has_decimal_comma }
        });
        let decoder = LiveDecoder::new(options, columns.collect(), kept.offset);
        let troubles = Troubles::default();
        Some(Self { decoder, monitor, troubles, position: kept.position, key: kept.key })
    }

    /// The monitor.
    pub(super) fn monitor(&self) -> &Monitor {
        &self.monitor
    }

    /// What keeps it from telling all that it was asked for, a sentence each.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = self.troubles.told();
        if self.monitor.is_beyond_memory() {
            notes.push(
                "the metrics of your own cannot be computed: windows have more rows than are held for them \
                 (256 MiB); choose shorter windows"
                    .to_owned(),
            );
        }
        notes
    }

    /// Nobody watched until now.
    pub(super) fn resume(&mut self, now_ms: i64) {
        self.monitor.resume(now_ms);
    }

    /// Takes in pieces, and closes the windows that are due at `now_ms`; without it, those that the pieces close.
    pub(super) fn step(&mut self, pieces: Vec<Arrived>, now_ms: Option<i64>) -> Vec<Closed> {
        let mut closed = Vec::new();
        for piece in pieces {
            match piece.rows {
                Some((format, bytes)) => closed.extend(self.take(format, &bytes, piece.at_ms)),
                None => self.monitor.resume(piece.at_ms),
            }
            self.position = Some(piece.position);
        }
        closed.extend(now_ms.map_or_else(Vec::new, |now_ms| self.monitor.advance(now_ms)));
        closed
    }

    fn take(&mut self, format: RowFormat, bytes: &[u8], at_ms: i64) -> Vec<Closed> {
        match self.decoder.decode(format, bytes) {
            Ok(batch) => {
                let bytes = bytes.len() as u64;
                let (rejected_rows, present) = (batch.rejected_rows, batch.present);
                let rows = LiveRows { chunk: batch.chunk, rejected_rows, bytes, present };
                self.monitor.push(&rows, at_ms)
            }
            // A defect of ours must not stop the feed.
            Err(error) => {
                tracing::error!(cause = %error, "a piece of a feed was left out");
                Vec::new()
            }
        }
    }

    /// What to keep.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, EngineError> {
        let column = |column: &KnownColumn| {
            (column.name.clone(), column.physical.code(), column.date_format, column.has_decimal_comma)
        };
        let kept = KeptState {
            version: VERSION,
            key: self.key.clone(),
            position: self.position.clone(),
            columns: self.decoder.columns().iter().map(column).collect(),
            offset: self.decoder.offset(),
            monitor: self.monitor.to_bytes()?,
        };
        postcard::to_stdvec(&kept).map_err(|error| EngineError::Monitor { cause: error.to_string() })
    }
}

/// What must be the same for what was learned to be of use.
fn key_of(record: &MonitorRecord) -> String {
    #[derive(Serialize)]
    struct Key<'a> {
        feed: &'a FeedSettings,
        window: &'a driftline_model::WindowSettings,
        baseline: &'a driftline_model::BaselineSource,
    }
    let settings = &record.settings;
    let feed = record.feed.without_secrets();
    let key = Key { feed: &feed, window: &settings.window, baseline: &settings.baseline };
    serde_json::to_string(&key).unwrap_or_default()
}
