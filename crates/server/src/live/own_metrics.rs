//! Metrics of one's own: read when they are saved, computed from the rows of each window.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use driftline_chunk::{Chunk, Schema};
use driftline_engine::live::{CustomMetrics, column_of};
use driftline_ingest::{IngestError, SqlMetric};
use driftline_model::CustomMetric;

use crate::ApiError;
use crate::error::TextPlace;

/// Metrics that people can think of for one monitor.
const MAX_METRICS: usize = 20;
/// Characters of a name, and of a unit.
const MAX_NAME: usize = 100;
/// Keys of metrics that every feed has, or that are made of several.
const OF_FEED: [&str; 3] = ["rows_per_sec", "lag_secs", "joint"];

/// Refuses metrics that cannot be computed whatever rows come, and says which one and where.
///
/// # Errors
/// 422.
pub(crate) fn read(metrics: Vec<CustomMetric>) -> Result<Vec<CustomMetric>, ApiError> {
    if metrics.len() > MAX_METRICS {
        return Err(ApiError::invalid(format!("`metrics` are at most {MAX_METRICS}")));
    }
    let mut names = BTreeSet::new();
    let mut known = Vec::new();
    for (at, CustomMetric { name, expression, unit }) in metrics.into_iter().enumerate() {
        let metric = CustomMetric {
            name: name.trim().to_owned(),
            expression: expression.trim().to_owned(),
            unit: unit.trim().to_owned(),
        };
        let wrong =
            |field: &str, cause: String| ApiError::invalid(format!("`metrics[{at}].{field}`: {cause}"));
        refuse_name(&metric.name).map_err(|cause| wrong("name", cause))?;
        if !names.insert(metric.name.clone()) {
            return Err(wrong("name", format!("there are two metrics `{}`", metric.name)));
        }
        if metric.unit.chars().count() > MAX_NAME || metric.unit.chars().any(char::is_control) {
            let cause = format!("a unit has at most {MAX_NAME} characters, none of them a control character");
            return Err(wrong("unit", cause));
        }
        if metric.expression.is_empty() {
            let cause = "an SQL expression that gives one number is missing, such as `avg(amount)`";
            return Err(wrong("expression", cause.to_owned()));
        }
        SqlMetric::parse(&metric.name, &metric.expression, &metric.unit).map_err(|error| {
            let text = error.to_string();
            let place = place_in(&text);
            let answer = wrong("expression", text);
            place.into_iter().fold(answer, ApiError::at)
        })?;
        known.push(metric);
    }
    Ok(known)
}

fn refuse_name(name: &str) -> Result<(), String> {
    // Keys are separated by commas in addresses.
    let is_right = |sign: char| !sign.is_control() && sign != ',';
    if !(1..=MAX_NAME).contains(&name.chars().count()) || !name.chars().all(is_right) {
        return Err(format!(
            "a name has 1 to {MAX_NAME} characters, none of them a comma or a control character"
        ));
    }
    if OF_FEED.contains(&name) || column_of(name).is_some() {
        return Err(format!("`{name}` is a metric that every monitor has: choose another name"));
    }
    Ok(())
}

/// The place that the reader of SQL names at the end of what it says.
fn place_in(text: &str) -> Option<TextPlace> {
    let (line, column) = text.rsplit_once("at line ")?.1.split_once(", column ")?;
    Some(TextPlace { line: line.parse().ok()?, column: column.parse().ok()? })
}

/// What keeps metrics from being computed at the moment, by the name of the metric.
#[derive(Debug, Clone, Default)]
pub(super) struct Troubles(Arc<Mutex<BTreeMap<String, String>>>);

impl Troubles {
    /// A sentence each.
    pub(super) fn told(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    fn set(&self, name: &str, trouble: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), trouble);
    }

    fn clear(&self, name: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }
}

/// A metric, and the schema that it does not fit.
struct Own {
    metric: SqlMetric,
    misfit: Mutex<Option<Schema>>,
}

/// The metrics of these expressions, for a monitor. What goes wrong is noted in `troubles`: it costs the value of a
/// window and no more.
pub(super) fn computed(metrics: &[CustomMetric], troubles: &Troubles) -> CustomMetrics {
    let mut own = Vec::new();
    for CustomMetric { name, expression, unit } in metrics {
        match SqlMetric::parse(name, expression, unit) {
            Ok(metric) => own.push(Own { metric, misfit: Mutex::default() }),
            Err(error) => troubles.set(name, error.to_string()),
        }
    }
    let troubles = troubles.clone();
    Box::new(move |chunks| own.iter().filter_map(|own| own.value(chunks, &troubles)).collect())
}

impl Own {
    fn value(&self, chunks: &[Chunk], troubles: &Troubles) -> Option<(String, f64)> {
        let schema = chunks.first()?.schema();
        let mut misfit = self.misfit.lock().unwrap_or_else(PoisonError::into_inner);
        if misfit.as_ref() == Some(schema) {
            return None;
        }
        *misfit = None;
        let name = self.metric.name();
        match catch_unwind(AssertUnwindSafe(|| self.metric.evaluate(chunks))) {
            Ok(Ok(value)) => {
                troubles.clear(name);
                value.map(|value| (name.to_owned(), value))
            }
            Ok(Err(error)) => {
                // What is wrong with the columns is so in every window; memory and values may do in the next one.
                let is_misfit =
                    matches!(error, IngestError::Statement { .. }) && self.metric.validate(schema).is_err();
                *misfit = is_misfit.then(|| schema.clone());
                troubles.set(name, error.to_string());
                None
            }
            // A defect of the library that computes must not stop the monitor, nor be met in every window.
            Err(_) => {
                *misfit = Some(schema.clone());
                troubles.set(name, format!("the metric `{name}` cannot be computed: it broke down"));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metric(name: &str, expression: &str) -> CustomMetric {
        CustomMetric { name: name.to_owned(), expression: expression.to_owned(), unit: String::new() }
    }

    #[test]
    fn names_and_expressions_must_be_able_to_be_right() {
        let known =
            read(vec![metric(" revenue in DE ", "sum(amount) filter (where country = 'DE')")]).unwrap();
        assert_eq!(known[0].name, "revenue in DE");
        for (name, expression) in [
            ("", "sum(x)"),
            ("a,b", "sum(x)"),
            ("a\nb", "sum(x)"),
            ("lag_secs", "sum(x)"),
            ("amount.mean", "sum(x)"),
            ("a", "sum(x"),
            ("a", ""),
            ("a", "(select 1)"),
        ] {
            assert!(read(vec![metric(name, expression)]).is_err(), "{name}: {expression}");
        }
        assert!(read(vec![metric("a", "sum(x)"), metric("a ", "sum(y)")]).is_err());
        let many = |count: usize| (0..count).map(|i| metric(&format!("m{i}"), "count(*)")).collect();
        assert_eq!(read(many(20)).unwrap().len(), 20);
        assert!(read(many(21)).is_err());
    }
}
