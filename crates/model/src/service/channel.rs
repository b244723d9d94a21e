use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A place that alerts are sent to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Channel {
    /// Id.
    pub id: String,
    /// The workspace.
    pub workspace_id: String,
    /// Its name, for people.
    pub name: String,
    /// What it is: the id of a kind of channels in the catalogue, such as `slack`.
    pub kind: String,
    /// Whether alerts are sent to it.
    pub enabled: bool,
    /// Its fields that are no secrets, by name.
    pub config: BTreeMap<String, String>,
    /// For each of its secret fields whether it is set. A secret is never answered.
    pub secrets: BTreeMap<String, bool>,
    /// Templates of its own, by name; those that are not here are the default ones.
    pub templates: BTreeMap<String, String>,
    /// Raised by every change; a change must name the version it was made on.
    pub version: i64,
    /// When it was made.
    pub created_ms: i64,
    /// Who made it: the id of a user, or `system`.
    pub created_by: String,
    /// When it was last changed.
    pub updated_ms: i64,
}

/// A channel to make.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewChannel {
    /// Its name, 1 to 100 characters.
    pub name: String,
    /// What it is: the id of a kind of channels in the catalogue.
    pub kind: String,
    /// Whether alerts are sent to it.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Its fields that are no secrets, by name.
    #[serde(default)]
    pub config: BTreeMap<String, String>,
    /// Its secret fields, by name.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
    /// Templates of its own, by name.
    #[serde(default)]
    pub templates: BTreeMap<String, String>,
}

/// What to change about a channel; what is left out stays.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChannelChange {
    /// The version that the change was made on; another one is answered with 409 and the present state.
    pub version: i64,
    /// Its name, 1 to 100 characters.
    #[serde(default)]
    pub name: Option<String>,
    /// Whether alerts are sent to it.
    #[serde(default)]
    pub enabled: Option<bool>,
    /// All its fields that are no secrets, by name.
    #[serde(default)]
    pub config: Option<BTreeMap<String, String>>,
    /// Secret fields to set, or with `null` to remove; the others stay as they are. When the place that a channel
    /// sends to is changed, its secrets must be sent again.
    #[serde(default)]
    pub secrets: BTreeMap<String, Option<String>>,
    /// All its own templates, by name.
    #[serde(default)]
    pub templates: Option<BTreeMap<String, String>>,
}

fn yes() -> bool {
    true
}
