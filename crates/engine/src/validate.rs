//! Settings that come from outside.

use driftline_detect::{drift, rows};
use driftline_model::Settings;

use crate::{EngineError, read_options};

/// Most columns, methods or spellings that a list in the settings may name.
const MAX_LIST: usize = 10_000;

/// Refuses settings that no run could follow: numbers out of range, methods that are not registered, characters
/// that cannot separate cells.
///
/// # Errors
/// The first setting that is wrong, with what would be right.
pub fn validate(settings: &Settings) -> Result<(), EngineError> {
    read_options(&settings.csv)?;
    let (drift, anomalies) = (&settings.drift, &settings.anomalies);
    share("drift.false_discovery_rate", drift.false_discovery_rate)?;
    share("drift.min_mass_moved", drift.min_mass_moved)?;
    share("drift.min_null_change", drift.min_null_change)?;
    share("anomalies.threshold", anomalies.threshold)?;
    let whole = |setting, value: u32, from: u32, to: u32| {
        let wanted = format!("it is a number from {from} to {to}");
        if (from..=to).contains(&value) { Ok(()) } else { refuse(setting, &value.to_string(), wanted) }
    };
    whole("drift.bins", drift.bins, 2, 1000)?;
    whole("anomalies.top", anomalies.top, 0, 10_000)?;
    if !(anomalies.z_threshold.is_finite() && anomalies.z_threshold > 0.0) {
        return refuse(
            "anomalies.z_threshold",
            &anomalies.z_threshold.to_string(),
            "it is above 0".to_owned(),
        );
    }
    let lists = [
        ("csv.null_spellings", settings.csv.null_spellings.len()),
        ("drift.methods", drift.methods.len()),
        ("drift.exclude", drift.exclude.len()),
        ("anomalies.column_methods", anomalies.column_methods.len()),
        ("roles", settings.roles.len()),
    ];
    if let Some((setting, len)) = lists.into_iter().find(|(_, len)| *len > MAX_LIST) {
        return refuse(setting, &format!("a list of {len}"), format!("it has at most {MAX_LIST} entries"));
    }
    let of_drift: Vec<&str> = drift::methods().iter().map(|method| method.info().id).collect();
    for id in drift.methods.iter().filter(|id| *id != "all") {
        registered("drift.methods", id, &of_drift)?;
    }
    registered("drift.headline", &drift.headline.0, &of_drift)?;
    let of_rows: Vec<&str> = rows::methods().iter().map(|method| method.id).collect();
    anomalies.column_methods.iter().try_for_each(|id| registered("anomalies.column_methods", id, &of_rows))
}

fn share(setting: &'static str, value: f64) -> Result<(), EngineError> {
    if (0.0..=1.0).contains(&value) {
        return Ok(());
    }
    refuse(setting, &value.to_string(), "it is a share from 0 to 1".to_owned())
}

fn registered(setting: &'static str, id: &str, ids: &[&str]) -> Result<(), EngineError> {
    if ids.contains(&id) {
        return Ok(());
    }
    refuse(setting, &format!("`{id}`"), format!("there are {}", ids.join(", ")))
}

fn refuse(setting: &'static str, value: &str, wanted: String) -> Result<(), EngineError> {
    Err(EngineError::Setting { setting, value: value.to_owned(), wanted })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_valid_and_nonsense_is_named() {
        assert!(validate(&Settings::default()).is_ok());
        let message = |change: fn(&mut Settings)| {
            let mut settings = Settings::default();
            change(&mut settings);
            validate(&settings).unwrap_err().to_string()
        };
        assert!(
            message(|s| s.drift.min_mass_moved = f64::NAN).starts_with("drift.min_mass_moved cannot be NaN")
        );
        assert!(message(|s| s.drift.bins = 1).contains("from 2 to 1000"));
        assert!(message(|s| s.drift.methods = vec!["nothing".to_owned()]).contains("there are kl"));
        assert!(message(|s| s.csv.delimiter = ";;".to_owned()).contains("one ASCII character"));
        assert!(message(|s| s.anomalies.z_threshold = -1.0).contains("above 0"));
    }
}
