use driftline_detect::drift;
use driftline_detect::rows::{self, RowMethodScope};
use driftline_model::Settings;

use crate::config::nearest;
use crate::failure::Failure;

/// Stands for every method.
const ALL: &str = "all";

/// Refuses ids of methods that are not registered: a slip would otherwise go unnoticed.
pub(crate) fn check(settings: &Settings) -> Result<(), Failure> {
    let drift: Vec<&str> = drift::methods().iter().map(|method| method.info().id).collect();
    for id in settings.drift.methods.iter().filter(|id| *id != ALL) {
        known("drift.methods", id, &drift)?;
    }
    known("drift.headline", &settings.drift.headline.0, &drift)?;
    let number: Vec<&str> = rows::methods()
        .iter()
        .filter(|method| method.scope == RowMethodScope::Number)
        .map(|method| method.id)
        .collect();
    settings.anomalies.column_methods.iter().try_for_each(|id| known("anomalies.column_methods", id, &number))
}

fn known(setting: &str, id: &str, ids: &[&str]) -> Result<(), Failure> {
    if ids.contains(&id) {
        return Ok(());
    }
    let list = ids.join(", ");
    let help = match nearest(id, ids.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`? There are {list}"),
        None => format!("there are {list}"),
    };
    Err(Failure::usage("method", format!("{setting}: `{id}` is not a method"), Some(help)))
}
