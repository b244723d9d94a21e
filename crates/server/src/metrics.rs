//! What a service counts.
//!
//! A registry of our own: a few atomics whose labels come from small sets, owned by one service so that several can
//! run in one process. Nothing is kept for a single request, so that nothing grows with their number.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use driftline_engine::{Event, Progress};

use crate::Service;
use crate::metrics_text::{Kind, Page};
use crate::state::now_ms;
use crate::telemetry::Telemetry;
use crate::watch_health::{resources, soon};

/// Methods that are told apart; all others are one.
const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", OTHER];
/// Classes of answers.
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];
/// Bounds of the times of requests, in seconds.
const BOUNDS: [f64; 14] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];
/// Values of one label that are told apart. Routes and codes are far fewer; this is for what nobody foresaw.
const MAX_SERIES: usize = 300;
/// What stands for all the rest.
const OTHER: &str = "other";

/// Figures by the value of a label.
#[derive(Debug)]
struct Series<T>(RwLock<BTreeMap<String, Arc<T>>>);

impl<T> Default for Series<T> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<T: Default> Series<T> {
    fn at(&self, label: &str) -> Arc<T> {
        if let Some(known) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(label) {
            return Arc::clone(known);
        }
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let is_known = all.contains_key(label);
        let label = if all.len() < MAX_SERIES || is_known { label } else { OTHER };
        Arc::clone(all.entry(label.to_owned()).or_default())
    }

    fn all(&self) -> Vec<(String, Arc<T>)> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.iter().map(|(label, figures)| (label.clone(), Arc::clone(figures))).collect()
    }
}

/// The requests to one route.
#[derive(Debug, Default)]
struct RouteFigures {
    by_method: [[AtomicU64; CLASSES.len()]; METHODS.len()],
    /// Requests between two bounds; the last one holds those above all bounds.
    buckets: [AtomicU64; BOUNDS.len() + 1],
    micros: AtomicU64,
}

/// All that is counted.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    routes: Series<RouteFigures>,
    errors: Series<AtomicU64>,
    checks: Series<AtomicU64>,
    baselines: Series<AtomicU64>,
    /// Attempts to send alerts, by kind of channel and outcome, with a blank between.
    deliveries: Series<AtomicU64>,
    rows: AtomicU64,
    bytes: AtomicU64,
    /// Seconds as their bits; for numbers above zero the order is the same.
    last_chunk: AtomicU64,
    slowest_chunk: AtomicU64,
}

impl Metrics {
    /// A request was answered.
    pub(crate) fn request(&self, (method, route): (&str, &str), status: u16, took: Duration) {
        let figures = self.routes.at(route);
        let method = METHODS.iter().position(|known| *known == method).unwrap_or(METHODS.len() - 1);
        let class = usize::from(status / 100).saturating_sub(1);
        if let Some(count) = figures.by_method.get(method).and_then(|classes| classes.get(class)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let secs = took.as_secs_f64();
        if let Some(count) = figures.buckets.get(BOUNDS.partition_point(|bound| *bound < secs)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        figures.micros.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Something was refused or failed, with this stable code.
    pub(crate) fn error(&self, code: &str) {
        self.errors.at(code).fetch_add(1, Ordering::Relaxed);
    }

    /// The work on a job ended, in one way or another.
    pub(crate) fn job_ended(&self, kind: &str, outcome: &str) {
        let outcomes = if kind == "baseline" { &self.baselines } else { &self.checks };
        outcomes.at(outcome).fetch_add(1, Ordering::Relaxed);
    }

    /// An attempt to send an alert ended, in one way or another.
    pub(crate) fn delivery(&self, channel_kind: &str, outcome: &str) {
        self.deliveries.at(&format!("{channel_kind} {outcome}")).fetch_add(1, Ordering::Relaxed);
    }

    /// Errors since the start by category: what stands before the dot of their codes.
    pub(crate) fn errors_by_category(&self) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for (code, count) in self.errors.all() {
            *counts.entry(category(&code).to_owned()).or_default() += count.load(Ordering::Relaxed);
        }
        counts
    }

    fn write(&self, page: &mut Page) {
        let routes = self.routes.all();
        write_requests(page, &routes);
        write_durations(page, &routes);
        let name = "driftline_errors_total";
        page.family(name, Kind::Counter, "What was refused or failed, by category and stable code.");
        for (code, count) in self.errors.all() {
            let labels = [("category", category(&code)), ("code", code.as_str())];
            page.sample(name, &labels, count.load(Ordering::Relaxed));
        }
        let name = "driftline_checks_ended_total";
        page.family(name, Kind::Counter, "Times that the work on a check ended, by outcome.");
        for (outcome, count) in self.checks.all() {
            page.sample(name, &[("outcome", &outcome)], count.load(Ordering::Relaxed));
        }
        let name = "driftline_baselines_ended_total";
        page.family(name, Kind::Counter, "Times that the work on a baseline ended, by outcome.");
        for (outcome, count) in self.baselines.all() {
            page.sample(name, &[("outcome", &outcome)], count.load(Ordering::Relaxed));
        }
        let name = "driftline_deliveries_total";
        page.family(name, Kind::Counter, "Attempts to send alerts, by kind of channel and outcome.");
        for (label, count) in self.deliveries.all() {
            let (kind, outcome) = label.split_once(' ').unwrap_or((label.as_str(), OTHER));
            page.sample(name, &[("channel", kind), ("outcome", outcome)], count.load(Ordering::Relaxed));
        }
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        page.counter("driftline_read_rows_total", "Rows read by checks and for baselines.", load(&self.rows));
        page.counter(
            "driftline_read_bytes_total",
            "Bytes read by checks and for baselines, as stored.",
            load(&self.bytes),
        );
        let secs = |bits: &AtomicU64| f64::from_bits(load(bits));
        let (last, slowest) = (secs(&self.last_chunk), secs(&self.slowest_chunk));
        page.gauge("driftline_chunk_last_seconds", "Time that the last chunk took.", last);
        page.gauge("driftline_chunk_max_seconds", "Longest time that a chunk took since the start.", slowest);
    }
}

fn write_requests(page: &mut Page, routes: &[(String, Arc<RouteFigures>)]) {
    let name = "driftline_http_requests_total";
    page.family(name, Kind::Counter, "Requests answered, by method, route and class of the status.");
    for (route, figures) in routes {
        for (method, classes) in METHODS.iter().zip(&figures.by_method) {
            for (class, count) in CLASSES.iter().zip(classes) {
                let count = count.load(Ordering::Relaxed);
                if count > 0 {
                    page.sample(name, &[("method", method), ("route", route), ("status", class)], count);
                }
            }
        }
    }
}

fn write_durations(page: &mut Page, routes: &[(String, Arc<RouteFigures>)]) {
    let name = "driftline_http_request_duration_seconds";
    page.family(name, Kind::Histogram, "Time until a request was answered, by route.");
    for (route, figures) in routes {
        let bounds = BOUNDS.iter().map(ToString::to_string).chain(["+Inf".to_owned()]);
        let mut below = 0;
        for (bound, count) in bounds.zip(&figures.buckets) {
            below += count.load(Ordering::Relaxed);
            page.sample(&format!("{name}_bucket"), &[("route", route), ("le", &bound)], below);
        }
        let sum = Duration::from_micros(figures.micros.load(Ordering::Relaxed)).as_secs_f64();
        page.sample(&format!("{name}_sum"), &[("route", route)], sum);
        page.sample(&format!("{name}_count"), &[("route", route)], below);
    }
}

fn category(code: &str) -> &str {
    code.split_once('.').map_or(code, |(category, _)| category)
}

/// All figures of a service as they are now.
pub(crate) async fn page(service: &Service) -> String {
    let telemetry = &service.telemetry;
    let mut page = Page::default();
    telemetry.metrics.write(&mut page);
    let queue = soon(service.database.queue_state()).await;
    page.gauge("driftline_database_up", "Whether the database answers.", u8::from(queue.is_some()));
    if let Some(queue) = queue {
        let name = "driftline_jobs";
        page.family(name, Kind::Gauge, "Jobs by state.");
        page.sample(name, &[("state", "queued")], queue.queued);
        page.sample(name, &[("state", "running")], queue.running);
        let oldest = queue.oldest_ms.map_or(0, |since| now_ms().saturating_sub(since).max(0));
        let secs = Duration::from_millis(oldest.unsigned_abs()).as_secs_f64();
        page.gauge("driftline_jobs_oldest_queued_seconds", "Age of the oldest job that waits.", secs);
    }
    if let Some(alerts) = soon(service.database.delivery_queue(now_ms())).await {
        page.gauge("driftline_deliveries_waiting", "Alerts that wait to be sent.", alerts.waiting);
    }
    page.gauge("driftline_workers", "Workers that live.", telemetry.workers_alive());
    let resources = resources(service).await;
    if let Some(resident) = resources.resident {
        page.gauge("driftline_process_resident_memory_bytes", "Memory that the process holds.", resident);
    }
    page.gauge("driftline_memory_budget_bytes", "Memory that a check may use.", telemetry.budget);
    if let Some((free, total)) = resources.disk {
        page.gauge("driftline_data_free_bytes", "Space left for the data folder.", free);
        page.gauge("driftline_data_size_bytes", "Space of the disk of the data folder.", total);
    }
    page.gauge("driftline_uptime_seconds", "Time since the start.", telemetry.uptime().as_secs_f64());
    let name = "driftline_build_info";
    page.family(name, Kind::Gauge, "The version that runs; always 1.");
    page.sample(name, &[("version", env!("CARGO_PKG_VERSION"))], 1);
    page.into_text()
}

/// Counts what one run reads, from what it tells of its progress.
#[derive(Debug)]
pub(crate) struct ReadMeter {
    telemetry: Arc<Telemetry>,
    read: Mutex<Read>,
}

/// What a run has read, as far as it was counted.
#[derive(Debug, Default)]
struct Read {
    /// Within the present part.
    bytes: u64,
    bytes_total: u64,
    rows: u64,
    /// In the parts before.
    rows_before: u64,
}

impl ReadMeter {
    pub(crate) fn new(service: &Service) -> Self {
        Self { telemetry: Arc::clone(&service.telemetry), read: Mutex::default() }
    }

    /// The run tells something.
    pub(crate) fn event(&self, event: &Event) {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Progress(progress) => self.progress(&mut read, progress),
            Event::Phase(_) => self.next_part(&mut read),
            _ => {}
        }
    }

    /// The run has ended well, and has read this many rows in all. Progress is told ten times a second, so that the
    /// last rows are not among what it told.
    pub(crate) fn finished(&self, rows: u64) {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        self.next_part(&mut read);
        let missing = rows.saturating_sub(read.rows_before);
        self.telemetry.metrics.rows.fetch_add(missing, Ordering::Relaxed);
        read.rows_before += missing;
    }

    fn progress(&self, read: &mut Read, now: &Progress) {
        let metrics = &self.telemetry.metrics;
        metrics.bytes.fetch_add(now.bytes.saturating_sub(read.bytes), Ordering::Relaxed);
        metrics.rows.fetch_add(now.rows.saturating_sub(read.rows), Ordering::Relaxed);
        read.bytes = read.bytes.max(now.bytes);
        read.rows = read.rows.max(now.rows);
        read.bytes_total = now.bytes_total.unwrap_or(0);
        metrics.last_chunk.store(now.chunk_secs.to_bits(), Ordering::Relaxed);
        if now.chunk_secs > 0.0 {
            metrics.slowest_chunk.fetch_max(now.chunk_secs.to_bits(), Ordering::Relaxed);
        }
    }

    /// A part ends only when all of it was read.
    fn next_part(&self, read: &mut Read) {
        let missing = read.bytes_total.saturating_sub(read.bytes);
        self.telemetry.metrics.bytes.fetch_add(missing, Ordering::Relaxed);
        *read = Read { rows_before: read.rows_before + read.rows, ..Read::default() };
    }
}

#[cfg(test)]
mod tests {
    use driftline_engine::Phase;

    use super::*;
    use crate::ServiceConfig;

    fn progress(phase: Phase, bytes: u64, rows: u64, chunk_secs: f64) -> Event {
        Event::Progress(Progress {
            phase,
            bytes,
            bytes_total: Some(100),
            rows,
            rows_per_sec: 1.0,
            chunk_secs,
            recent_chunk_secs: vec![chunk_secs],
            memory_bytes: 1,
            memory_budget_bytes: 2,
        })
    }

    #[test]
    fn what_is_read_is_counted_once_and_to_the_end() {
        let telemetry = Arc::new(Telemetry::new(&ServiceConfig::new(".".into())));
        let meter = ReadMeter { telemetry: Arc::clone(&telemetry), read: Mutex::default() };
        meter.event(&Event::Phase(Phase::Reference));
        meter.event(&progress(Phase::Reference, 10, 3, 0.5));
        meter.event(&progress(Phase::Reference, 60, 20, 0.25));
        meter.event(&Event::Phase(Phase::Current));
        meter.event(&progress(Phase::Current, 10, 2, 0.125));
        meter.event(&Event::Phase(Phase::Deciding));
        meter.finished(57);
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let metrics = &telemetry.metrics;
        assert_eq!((load(&metrics.bytes), load(&metrics.rows)), (200, 57));
        let secs = |bits: &AtomicU64| f64::from_bits(load(bits));
        assert_eq!((secs(&metrics.last_chunk), secs(&metrics.slowest_chunk)), (0.125, 0.5));
    }

    #[test]
    fn requests_fall_into_their_buckets_and_labels_stay_few() {
        let metrics = Metrics::default();
        metrics.request(("GET", "/x/{id}"), 200, Duration::from_millis(2));
        metrics.request(("BREW", "/x/{id}"), 503, Duration::from_secs(99));
        for number in 0..2 * MAX_SERIES {
            metrics.error(&format!("data.made_up_{number}"));
        }
        let mut page = Page::default();
        metrics.write(&mut page);
        let text = page.into_text();
        let bucket = "driftline_http_request_duration_seconds_bucket{route=\"/x/{id}\",le=";
        for expected in [
            "driftline_http_requests_total{method=\"GET\",route=\"/x/{id}\",status=\"2xx\"} 1\n".to_owned(),
            "driftline_http_requests_total{method=\"other\",route=\"/x/{id}\",status=\"5xx\"} 1\n".to_owned(),
            format!("{bucket}\"0.001\"}} 0\n"),
            format!("{bucket}\"0.005\"}} 1\n"),
            format!("{bucket}\"+Inf\"}} 2\n"),
            "driftline_http_request_duration_seconds_sum{route=\"/x/{id}\"} 99.002\n".to_owned(),
            format!("driftline_errors_total{{category=\"other\",code=\"other\"}} {MAX_SERIES}\n"),
        ] {
            assert!(text.contains(&expected), "{expected} is not in\n{text}");
        }
    }
}
