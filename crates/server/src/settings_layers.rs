//! Settings in layers: the defaults, those of the workspace, those of all datasets of a name, those of one check.

use std::collections::BTreeMap;

use driftline_model::{Report, Settings};
use driftline_store::Database;
use serde_json::{Map, Value};

use crate::ApiError;

/// What says where a setting comes from.
pub(crate) const DEFAULT: &str = "default";
pub(crate) const WORKSPACE: &str = "workspace";
pub(crate) const DATASET: &str = "dataset";
pub(crate) const REQUEST: &str = "request";

/// Where each setting comes from, by its name, such as `drift.min_mass_moved`.
pub(crate) type Origins = BTreeMap<String, String>;

/// Settings with where each of them comes from.
#[derive(Debug)]
pub(crate) struct Layered {
    pub(crate) settings: Settings,
    /// One entry a setting.
    pub(crate) origins: Origins,
}

/// Where the settings of a workspace come from. They are kept whole, so what is as by default counts as the default.
pub(crate) fn origins_of_workspace(workspace: &Settings) -> Origins {
    let mut origins: Origins = leaves(workspace).into_keys().map(|key| (key, DEFAULT.to_owned())).collect();
    for key in differing(workspace, &Settings::default()) {
        origins.insert(key, WORKSPACE.to_owned());
    }
    origins
}

/// The settings of all datasets of a name: `own` over those of the workspace.
///
/// # Errors
/// When `own` names what is no setting, or a value that none can have.
pub(crate) fn of_dataset(own: &Map<String, Value>, workspace: &Settings) -> Result<Layered, ApiError> {
    let mut merged = document(workspace);
    merge(&mut merged, own);
    // A role of the workspace is taken back with null.
    if let Some(Value::Object(roles)) = merged.get_mut("roles") {
        roles.retain(|_, role| !role.is_null());
    }
    let settings: Settings = serde_json::from_value(Value::Object(merged))
        .map_err(|error| ApiError::invalid(format!("`own` holds no settings: {error}")))?;
    driftline_engine::validate(&settings)?;
    let mut origins = origins_of_workspace(workspace);
    let present = leaves(&settings);
    origins.retain(|key, _| present.contains_key(key));
    let mut named = BTreeMap::new();
    flatten(own, "", &mut named);
    for key in named.into_keys().filter(|key| present.contains_key(key)) {
        origins.insert(key, DATASET.to_owned());
    }
    Ok(Layered { settings, origins })
}

/// The settings in force for a dataset of this name.
///
/// # Errors
/// When the database cannot be read, or holds settings that this version does not know.
pub(crate) async fn in_force(
    database: &Database,
    (workspace_id, name): (&str, &str),
) -> Result<Layered, ApiError> {
    let workspace = database.settings(workspace_id).await?.settings;
    let own = database.dataset_settings(workspace_id, name).await?.own;
    of_dataset(&own, &workspace)
}

/// Where settings come from that were sent with a request: what is as in `known` comes from where that came from.
pub(crate) fn of_request(settings: &Settings, known: &Settings, origins: &Origins) -> Origins {
    let mut all = origins.clone();
    let set = differing(settings, &Settings::default());
    for key in differing(settings, known) {
        if set.contains(&key) {
            all.insert(key, REQUEST.to_owned());
        } else {
            all.remove(&key);
        }
    }
    all.retain(|_, origin| origin != DEFAULT);
    all
}

/// Says in a report where the bar of a threshold was set, unless it is the default.
pub(crate) fn name_origins(report: &mut Report, origins: &Origins) {
    /// What the engine calls a threshold that rests on the settings.
    const BY_SETTING: &str = "least mass that matters";
    let origin = |key: &str| origins.get(key).map(String::as_str);
    let of_both = [origin("drift.min_mass_moved"), origin("drift.sensitivity")];
    let set_by = |layer: &str| of_both.contains(&Some(layer));
    let named = if set_by(REQUEST) {
        "settings of the check"
    } else if set_by(DATASET) {
        "dataset settings"
    } else if set_by(WORKSPACE) {
        "workspace settings"
    } else {
        return;
    };
    for score in report.columns.iter_mut().filter_map(|column| column.score.as_mut()) {
        if score.threshold_origin == BY_SETTING {
            score.threshold_origin = format!("{BY_SETTING} ({named})");
        }
    }
}

/// Settings as a document.
fn document(settings: &Settings) -> Map<String, Value> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(document)) => document,
        // Settings are plain data with text keys: they always are an object.
        _ => Map::new(),
    }
}

/// Lays a document over another: objects are merged, everything else is replaced.
fn merge(under: &mut Map<String, Value>, over: &Map<String, Value>) {
    for (key, value) in over {
        match (under.get_mut(key), value) {
            (Some(Value::Object(under)), Value::Object(over)) => merge(under, over),
            _ => {
                under.insert(key.clone(), value.clone());
            }
        }
    }
}

/// All settings by name; each column with a role of its own is one.
fn leaves(settings: &Settings) -> BTreeMap<String, Value> {
    let mut leaves = BTreeMap::new();
    flatten(&document(settings), "", &mut leaves);
    leaves
}

fn flatten(document: &Map<String, Value>, under: &str, leaves: &mut BTreeMap<String, Value>) {
    for (key, value) in document {
        let name = if under.is_empty() { key.clone() } else { format!("{under}.{key}") };
        match value {
            Value::Object(inner) => flatten(inner, &name, leaves),
            _ => {
                leaves.insert(name, value.clone());
            }
        }
    }
}

/// Names of the settings that the first have otherwise than the second, or that only one of them has.
fn differing(settings: &Settings, others: &Settings) -> Vec<String> {
    let (mine, theirs) = (leaves(settings), leaves(others));
    let gone = theirs.keys().filter(|key| !mine.contains_key(*key)).cloned();
    let differs = mine.iter().filter(|(key, value)| theirs.get(*key) != Some(value));
    differs.map(|(key, _)| key.clone()).chain(gone).collect()
}

#[cfg(test)]
mod tests {
    use driftline_model::ColumnRole;
    use serde_json::json;

    use super::*;

    fn own(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn workspace() -> Settings {
        let mut settings = Settings::default();
        settings.drift.bins = 30;
        settings.roles.insert("id".to_owned(), ColumnRole::Identifier);
        settings.roles.insert("day".to_owned(), ColumnRole::Clock);
        settings
    }

    #[test]
    fn each_layer_lies_over_the_one_below() {
        let own = own(&json!({
            "drift": { "min_mass_moved": 0.1, "exclude": ["x"] }, "roles": { "id": "feature", "day": null }
        }));
        let Layered { settings, origins } = of_dataset(&own, &workspace()).unwrap();
        assert_eq!((settings.drift.bins, settings.drift.min_mass_moved), (30, 0.1));
        assert_eq!(settings.roles, [("id".to_owned(), ColumnRole::Feature)].into());
        let origin = |key: &str| origins.get(key).map(String::as_str);
        assert_eq!(origin("drift.min_mass_moved"), Some(DATASET));
        assert_eq!(origin("drift.exclude"), Some(DATASET));
        assert_eq!(origin("drift.bins"), Some(WORKSPACE));
        assert_eq!(origin("csv.has_header"), Some(DEFAULT));
        assert_eq!((origin("roles.id"), origin("roles.day")), (Some(DATASET), None));
        assert_eq!(origins.len(), leaves(&settings).len(), "one entry a setting");
    }

    #[test]
    fn what_is_no_setting_is_refused() {
        for (document, says) in [
            (json!({ "drift": { "bin": 3 } }), "bin"),
            (json!({ "rows": 3 }), "rows"),
            (json!({ "drift": 3 }), "own"),
            (json!({ "drift": { "bins": "many" } }), "many"),
            (json!({ "drift": { "bins": null } }), "null"),
            (json!({ "drift": { "bins": 1 } }), "drift.bins"),
        ] {
            let refused = of_dataset(&own(&document), &workspace()).unwrap_err();
            assert_eq!(refused.status().as_u16(), 422);
            assert!(format!("{refused:?}").contains(says), "{refused:?}");
        }
    }

    #[test]
    fn settings_of_a_request_come_from_it_where_they_differ() {
        let known = of_dataset(&own(&json!({ "drift": { "min_mass_moved": 0.1 } })), &workspace()).unwrap();
        let mut wanted = known.settings.clone();
        wanted.drift.bins = Settings::default().drift.bins;
        wanted.drift.sensitivity = driftline_model::Sensitivity::High;
        let origins = of_request(&wanted, &known.settings, &known.origins);
        let expected = [
            ("drift.min_mass_moved", DATASET),
            ("drift.sensitivity", REQUEST),
            ("roles.day", WORKSPACE),
            ("roles.id", WORKSPACE),
        ];
        assert_eq!(origins, expected.map(|(key, origin)| (key.to_owned(), origin.to_owned())).into());
    }
}
