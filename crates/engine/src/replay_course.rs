use driftline_model::SeriesSpan;

/// Stretches that are held at most; half as many remain when they are joined two by two. Twice what a wide screen
/// shows.
const SPANS: usize = 320;

/// The course of a series whose length is not known, in a bounded number of stretches.
#[derive(Debug, Default)]
pub(crate) struct Course {
    spans: Vec<SeriesSpan>,
    /// Rows of a stretch, as a power of two.
    doublings: u32,
}

impl Course {
    /// Takes in the next row.
    pub(crate) fn add(&mut self, value: Option<f64>, alarm: bool) {
        let full = |span: &SeriesSpan| span.values + span.missing >= 1 << self.doublings.min(62);
        if self.spans.last().is_none_or(full) {
            if self.spans.len() == SPANS {
                let joined = |two: &[SeriesSpan]| two.iter().copied().fold(SeriesSpan::default(), join);
                self.spans = self.spans.chunks(2).map(joined).collect();
                self.doublings += 1;
            }
            self.spans.push(SeriesSpan::default());
        }
        if let Some(last) = self.spans.last_mut() {
            let row = SeriesSpan {
                values: u64::from(value.is_some()),
                missing: u64::from(value.is_none()),
                alarms: u64::from(alarm),
                min: value,
                max: value,
                mean: value,
            };
            *last = join(*last, row);
        }
    }

    /// The stretches in order.
    pub(crate) fn into_spans(self) -> Vec<SeriesSpan> {
        self.spans
    }
}

#[expect(clippy::cast_precision_loss, reason = "fewer than 2^53 values are counted")]
fn join(a: SeriesSpan, b: SeriesSpan) -> SeriesSpan {
    let both = |pick: fn(f64, f64) -> f64, a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => Some(pick(a, b)),
        (one, other) => one.or(other),
    };
    let mean = match (a.mean, b.mean) {
        (Some(x), Some(y)) => {
            let share = b.values as f64 / (a.values + b.values) as f64;
            Some(x * (1.0 - share) + y * share)
        }
        (one, other) => one.or(other),
    };
    SeriesSpan {
        values: a.values + b.values,
        missing: a.missing + b.missing,
        alarms: a.alarms + b.alarms,
        min: both(f64::min, a.min, b.min),
        max: both(f64::max, a.max, b.max),
        mean,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_long_it_is_it_keeps_its_ends_and_alarms() {
        let mut course = Course::default();
        for i in 0..100_000_u32 {
            course.add((i % 10 != 0).then(|| f64::from(i)), i == 77_777);
        }
        let spans = course.into_spans();
        assert!((SPANS / 2..=SPANS).contains(&spans.len()));
        assert_eq!(spans.iter().map(|span| span.values + span.missing).sum::<u64>(), 100_000);
        assert_eq!(spans.iter().map(|span| span.alarms).sum::<u64>(), 1);
        assert_eq!((spans[0].min, spans[spans.len() - 1].max), (Some(1.0), Some(99_999.0)));
        assert!(spans.iter().rev().skip(1).all(|span| span.values + span.missing == 512));
        assert!(spans.is_sorted_by(|a, b| a.mean < b.mean));
    }
}
