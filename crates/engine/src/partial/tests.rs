use std::path::Path;

use driftline_model::{Report, RunSettings, Verdict};
use driftline_testkit::mixed_table::{Extent, MixedTable};

use super::*;
use crate::check::{Wanted, check_paced};
use crate::{CancelToken, CheckRequest, Input, Silent};

/// After every chunk, whatever it costs.
const EAGER: Pacing = Pacing { share: f64::INFINITY, interval_secs: 0.0, first_secs: 0.0 };

/// Keeps what it hears, or breaks down on it.
#[derive(Default)]
struct Listener {
    heard: Mutex<Vec<PartialVerdict>>,
    panics: bool,
}

impl Observer for Listener {
    fn event(&self, event: &Event) {
        let Event::Partial(partial) = event else { return };
        assert!(!self.panics, "the listener broke down");
        self.heard.lock().unwrap().push(partial.clone());
    }

    fn wants_partial(&self) -> bool {
        true
    }
}

fn request(folder: &Path, (threads, chunk_bytes): (u32, u64)) -> CheckRequest {
    let write = |name: &str, table: &MixedTable| {
        let path = folder.join(name);
        if !path.exists() {
            let mut file = std::fs::File::create(&path).unwrap();
            table.write(Extent::Rows(6_000), 2, &mut file).unwrap();
        }
        Input::Table(path.to_string_lossy().into_owned())
    };
    CheckRequest {
        reference: write("reference.csv", &MixedTable::new(1)),
        current: write("current.csv", &MixedTable::drifted(2)),
        settings: Settings::default(),
        run: RunSettings { threads, chunk_bytes, ..RunSettings::default() },
    }
}

/// The report without what differs from run to run.
fn told(mut report: Report) -> String {
    report.timings = driftline_model::Timings::default();
    report.memory_peak_bytes = 0;
    serde_json::to_string(&report).unwrap()
}

#[test]
fn the_report_is_the_same_with_and_without() {
    let folder = tempfile::tempdir().unwrap();
    let plain = request(folder.path(), (1, 0));
    let expected = told(crate::check(&plain, &Silent, &CancelToken::new()).unwrap());
    for run in [(1, 100_000), (2, 20_000), (3, 60_000)] {
        let listener = Listener::default();
        let request = request(folder.path(), run);
        let (report, _) =
            check_paced((&request, Wanted::default()), (&listener, EAGER), &CancelToken::new()).unwrap();
        let heard = listener.heard.into_inner().unwrap();
        // With several threads one may have read everything before the others begin.
        assert!(heard.len() > 1 || run.0 > 1, "{} with {run:?}", heard.len());
        assert!(heard.windows(2).all(|pair| pair[0].rows < pair[1].rows));
        assert!(heard.iter().all(|partial| partial.rows <= report.current.rows));
        assert!(heard.iter().all(|partial| partial.bytes_ratio.is_some_and(|ratio| ratio <= 1.0)));
        assert_eq!(told(report), expected, "with {run:?}");
    }
}

#[test]
fn after_the_last_chunk_the_partial_verdict_is_that_of_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let listener = Listener::default();
    let request = request(folder.path(), (1, 300_000));
    let (report, _) =
        check_paced((&request, Wanted::default()), (&listener, EAGER), &CancelToken::new()).unwrap();
    let heard = listener.heard.into_inner().unwrap();
    let last = heard.last().unwrap();
    assert_eq!((last.rows, last.verdict), (report.current.rows, Verdict::Drifted));
    assert_eq!(last.bytes_ratio, Some(1.0));
    let drifted = report.columns.iter().filter(|column| column.verdict == ColumnVerdict::Drifted);
    assert_eq!(last.columns_drifted as usize, drifted.count());
    let (first, worst) = (&last.columns[0], &report.columns[0]);
    assert_eq!((&first.name, first.severity), (&worst.name, worst.severity));
    assert_eq!(first.mass_moved, worst.effect.as_ref().map(|effect| effect.mass_moved));
    assert!(last.columns.len() <= PartialVerdict::MAX_COLUMNS);
}

#[test]
fn a_panic_ends_the_news_and_not_the_check() {
    let folder = tempfile::tempdir().unwrap();
    let listener = Listener { panics: true, ..Listener::default() };
    let request = request(folder.path(), (2, 60_000));
    let (report, _) =
        check_paced((&request, Wanted::default()), (&listener, EAGER), &CancelToken::new()).unwrap();
    let expected = crate::check(&request, &Silent, &CancelToken::new()).unwrap();
    assert_eq!(told(report), told(expected));
}
