//! A series replayed row by row, as if its values had just come.

use std::io::Write;

use driftline_chunk::{Chunk, ColumnValues, Physical, Schema};
use driftline_detect::series::{SeriesDetector, SeriesScore, SeriesSettings};
use driftline_ingest::Decoded;
use driftline_model::{RunSettings, SeriesAlarm, SeriesReport, Settings};

use crate::event::{Observer, Phase};
use crate::guard::guarded;
use crate::halt::Halt;
use crate::input::{open_table, shown};
use crate::replay_course::Course;
use crate::scan::{ScanContext, Worker, scan};
use crate::score_sink::{ScoreSink, Scores};
use crate::scoring::{rejected_records, source_names};
use crate::{CancelToken, EngineError};

/// Alarms that a report keeps.
const ALARMS_KEPT: usize = 1000;
/// Columns that an error names.
const COLUMNS_NAMED: usize = 20;

/// Which series to replay.
#[derive(Debug, Clone)]
pub struct ReplayRequest {
    /// Where the data are.
    pub location: String,
    /// The column with the moments: dates and times, or numbers that count seconds or fractions of them since 1970.
    pub time: Option<String>,
    /// The column with the values: numbers, or true and false.
    pub value: String,
    /// How the data are read.
    pub settings: Settings,
    /// How the run is run. One thread replays, whatever it says: each score stands on the one before.
    pub run: RunSettings,
}

/// Replays a series once, in the order of its rows, and says when alarms would have been raised.
///
/// With a sink, writes `row,score` for every row that could be read. No score depends on a row that comes later.
///
/// # Errors
/// When the data cannot be read, a column is not there or holds something else, the scores cannot be written, or the
/// run is cancelled.
pub fn replay(
    request: &ReplayRequest,
    sink: Option<&mut (dyn Write + Send)>,
    observer: &dyn Observer,
    cancel: &CancelToken,
) -> Result<SeriesReport, EngineError> {
    let run = RunSettings { threads: 1, ..request.run.clone() };
    guarded("replaying a series", &run, || replay_on_one(request, &run, sink, (observer, cancel)))
}

fn replay_on_one(
    request: &ReplayRequest,
    run: &RunSettings,
    sink: Option<&mut (dyn Write + Send)>,
    (observer, cancel): (&dyn Observer, &CancelToken),
) -> Result<SeriesReport, EngineError> {
    let table = open_table(&request.location, &request.settings.csv, Vec::new())?;
    let columns = Columns::find(request, table.schema())?;
    let halt = Halt::new(cancel);
    let context = ScanContext::new(run, observer, (&halt, Phase::Current));
    let sink = sink.map(|out| ScoreSink::new(out, 1)).transpose()?;
    let scanned = scan(&table, &context, || Replayer {
        columns,
        sink: sink.as_ref(),
        detector: SeriesDetector::new(SeriesSettings::default()),
        course: Course::default(),
        records: 0,
        report: SeriesReport::default(),
    })?;
    let quarantine = scanned.ledger.quarantine(&source_names(&table));
    let done = scanned.workers.into_iter().next().map(|replayer| (replayer.report, replayer.course));
    let Some((mut report, course)) = done else {
        return Err(EngineError::NoRows { name: shown(&request.location) });
    };
    sink.map_or(Ok(()), ScoreSink::finish)?;
    keep_strongest(&mut report.alarms, ALARMS_KEPT);
    Ok(SeriesReport {
        name: shown(&request.location),
        time: request.time.clone(),
        value: request.value.clone(),
        course: course.into_spans(),
        quarantine,
        ..report
    })
}

/// Where the columns are.
#[derive(Debug, Clone, Copy)]
struct Columns {
    time: Option<usize>,
    value: usize,
}

impl Columns {
    fn find(request: &ReplayRequest, schema: &Schema) -> Result<Self, EngineError> {
        let (value, held) = place(request, schema, &request.value)?;
        if !matches!(held, Physical::Number | Physical::Boolean) {
            return Err(wrong(&request.value, held, "numbers"));
        }
        let Some(name) = &request.time else { return Ok(Self { time: None, value }) };
        let (time, held) = place(request, schema, name)?;
        if !matches!(held, Physical::Number | Physical::Datetime) {
            return Err(wrong(name, held, "moments"));
        }
        Ok(Self { time: Some(time), value })
    }

    /// The moments of a chunk, row by row.
    fn secs(self, chunk: &Chunk) -> Vec<Option<f64>> {
        match self.time.map(|time| chunk.column(time)) {
            #[expect(clippy::cast_precision_loss, reason = "microseconds of our millennia fit into 53 bits")]
            Some(ColumnValues::Datetime(array)) => {
                array.iter().map(|micros| micros.map(|micros| micros as f64 / 1e6)).collect()
            }
            Some(ColumnValues::Number(array)) => {
                array.iter().map(|number| number.and_then(secs_of_number)).collect()
            }
            Some(ColumnValues::Boolean(_) | ColumnValues::Text(_)) | None => vec![None; chunk.rows()],
        }
    }

    /// The values of a chunk, row by row.
    fn values(self, chunk: &Chunk) -> Vec<Option<f64>> {
        match chunk.column(self.value) {
            ColumnValues::Number(array) => {
                array.iter().map(|value| value.filter(|value| value.is_finite())).collect()
            }
            ColumnValues::Boolean(array) => {
                array.iter().map(|truth| truth.map(|truth| f64::from(u8::from(truth)))).collect()
            }
            ColumnValues::Datetime(_) | ColumnValues::Text(_) => vec![None; chunk.rows()],
        }
    }
}

/// Where a column is, and how its values are held.
fn place(request: &ReplayRequest, schema: &Schema, name: &str) -> Result<(usize, Physical), EngineError> {
    let mut fields = schema.fields().iter().enumerate();
    let found = fields.find(|(_, field)| field.name == name);
    found.map(|(index, field)| (index, field.physical)).ok_or_else(|| {
        let named = schema.fields().iter().take(COLUMNS_NAMED);
        let known: Vec<String> = named.map(|field| format!("`{}`", field.name)).collect();
        EngineError::Column {
            table: shown(&request.location),
            column: name.to_owned(),
            known: known.join(", "),
        }
    })
}

fn wrong(column: &str, found: Physical, wanted: &'static str) -> EngineError {
    let found = match found {
        Physical::Number => "numbers",
        Physical::Boolean => "true and false",
        Physical::Datetime => "moments",
        Physical::Text => "text",
    };
    EngineError::ColumnType { column: column.to_owned(), found, wanted }
}

/// Seconds since 1970 of a number that counts seconds, or thousandths, millionths or thousand-millionths of them;
/// nothing for a number too small to be any (before March 1973), such as the number of a row.
pub(crate) fn secs_of_number(number: f64) -> Option<f64> {
    match number.abs() {
        size if size < 1e8 => None,
        size if size < 1e11 => Some(number),
        size if size < 1e14 => Some(number / 1e3),
        size if size < 1e17 => Some(number / 1e6),
        size if size < 1e20 => Some(number / 1e9),
        _ => None,
    }
}

/// Replays chunk after chunk. A scan on one thread hands them out in order.
struct Replayer<'a, 'out> {
    columns: Columns,
    sink: Option<&'a ScoreSink<'out>>,
    detector: SeriesDetector,
    course: Course,
    records: u64,
    report: SeriesReport,
}

impl Worker for Replayer<'_, '_> {
    fn chunk(&mut self, ordinal: u64, decoded: &Decoded, halt: &Halt<'_>) -> Result<(), EngineError> {
        let rejected = rejected_records(decoded);
        let mut gaps = rejected.iter().copied().peekable();
        let mut record = 0;
        let mut scores = Vec::with_capacity(decoded.chunk.rows());
        let moments = self.columns.secs(&decoded.chunk);
        for (secs, value) in moments.into_iter().zip(self.columns.values(&decoded.chunk)) {
            while gaps.next_if_eq(&record).is_some() {
                record += 1;
            }
            let said = self.detector.update(secs, value);
            self.take(self.records + record + 1, secs, value, &said);
            #[expect(clippy::cast_possible_truncation, reason = "a score of seven digits")]
            scores.push(said.score as f32);
            record += 1;
        }
        self.records += decoded.rows_seen;
        match self.sink {
            Some(sink) => sink.put(ordinal, Scores { scores, rejected, records: decoded.rows_seen }, halt),
            None => Ok(()),
        }
    }
}

impl Replayer<'_, '_> {
    fn take(&mut self, row: u64, secs: Option<f64>, value: Option<f64>, said: &SeriesScore) {
        let report = &mut self.report;
        report.rows += 1;
        report.missing += u64::from(value.is_none());
        self.course.add(value, said.is_alarm());
        let Some(reason) = said.reason else { return };
        report.alarms_raised += 1;
        #[expect(clippy::cast_possible_truncation, reason = "saturates, beyond any calendar")]
        let time_ms = secs.map(|secs| (secs * 1e3).round() as i64);
        report.alarms.push(SeriesAlarm {
            row,
            time_ms,
            value,
            expected: said.expected,
            score: said.score,
            reason: reason.to_string(),
        });
        if report.alarms.len() >= 2 * ALARMS_KEPT {
            keep_strongest(&mut report.alarms, ALARMS_KEPT);
        }
    }
}

/// Lets go of the weakest alarms beyond `kept`; the others stay in their order.
fn keep_strongest(alarms: &mut Vec<SeriesAlarm>, kept: usize) {
    if alarms.len() > kept {
        alarms.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.row.cmp(&b.row)));
        alarms.truncate(kept);
        alarms.sort_by_key(|alarm| alarm.row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_moments() {
        assert_eq!(secs_of_number(17.0), None);
        for number in [1.4e9, 1.4e12, 1.4e15, 1.4e18] {
            assert_eq!(secs_of_number(number), Some(1.4e9));
        }
        assert_eq!(secs_of_number(1e300), None);
    }

    #[test]
    fn the_strongest_alarms_stay_in_order() {
        let alarm = |row: u64, score: f64| SeriesAlarm {
            row,
            time_ms: None,
            value: None,
            expected: None,
            score,
            reason: String::new(),
        };
        let mut alarms = vec![alarm(1, 0.6), alarm(2, 0.9), alarm(3, 0.5), alarm(4, 0.7)];
        keep_strongest(&mut alarms, 2);
        assert_eq!(alarms.iter().map(|alarm| alarm.row).collect::<Vec<_>>(), [2, 4]);
    }
}
