use serde::{Deserialize, Serialize};

use crate::Severity;

/// Who is told of which incidents, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AlertRule {
    /// Id.
    pub id: String,
    /// The workspace.
    pub workspace_id: String,
    /// Its place among the rules of the workspace, from 0.
    pub position: i64,
    /// What it says.
    pub settings: AlertRuleSettings,
    /// Raised by every change; a change must name the version it was made on.
    pub version: i64,
    /// When it was made.
    pub created_ms: i64,
    /// Who made it: the id of a user, or `system`.
    pub created_by: String,
    /// When it was last changed.
    pub updated_ms: i64,
}

/// What an alert rule says. An incident matches when one of its open findings fits severity, column and code, and
/// the name of its data fits too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AlertRuleSettings {
    /// Its name, 1 to 100 characters.
    pub name: String,
    /// Whether it holds.
    pub enabled: bool,
    /// Least severity of a finding: `low`, `medium`, `high` or `critical`.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub min_severity: Severity,
    /// Columns, as patterns with `*` and `?`; empty for all, and for findings about no column.
    pub columns: Vec<String>,
    /// Codes of findings, as patterns such as `drift.*`; empty for all.
    pub codes: Vec<String>,
    /// Names of datasets or monitors, as patterns; empty for all.
    pub names: Vec<String>,
    /// Seconds for which an incident must have matched before anybody is told.
    pub min_duration_secs: u32,
    /// Channels that are told: ids.
    pub channels: Vec<String>,
    /// Whether the rules that follow are left out for incidents that match this one.
    pub stops: bool,
    /// Whether people are told again when an incident becomes more severe.
    pub on_worsened: bool,
    /// Whether people are told when an incident that was over is open again.
    pub on_reopened: bool,
    /// Whether those who were told are told when an incident is over. PagerDuty always is.
    pub on_resolved: bool,
    /// Minutes after which people are reminded, again and again, while nobody has answered; 0 for never.
    pub repeat_mins: u32,
    /// Who else is told when nobody has answered.
    pub escalation: Vec<EscalationStep>,
    /// When people are left in peace; absent for never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet: Option<QuietHours>,
    /// When an incident that comes and goes is held back.
    pub flapping: FlapDamping,
}

impl Default for AlertRuleSettings {
    fn default() -> Self {
        Self {
            name: String::new(),
            enabled: true,
            min_severity: Severity::High,
            columns: Vec::new(),
            codes: Vec::new(),
            names: Vec::new(),
            min_duration_secs: 0,
            channels: Vec::new(),
            stops: false,
            on_worsened: true,
            on_reopened: true,
            on_resolved: true,
            repeat_mins: 0,
            escalation: Vec::new(),
            quiet: None,
            flapping: FlapDamping::default(),
        }
    }
}

impl AlertRuleSettings {
    /// The rule that every workspace begins with: who administers it is told once, inside the service, of an incident
    /// that is or becomes of high or critical severity.
    pub fn first(channel_id: &str) -> Self {
        Self {
            name: "High and critical incidents".to_owned(),
            channels: vec![channel_id.to_owned()],
            on_worsened: false,
            on_reopened: false,
            on_resolved: false,
            flapping: FlapDamping { max_times: 0, ..FlapDamping::default() },
            ..Self::default()
        }
    }
}

/// One step of an escalation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EscalationStep {
    /// Minutes from the first alert on.
    pub after_mins: u32,
    /// Channels that are told then: ids.
    pub channels: Vec<String>,
}

/// When people are left in peace: what is to be told waits until the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QuietHours {
    /// `UTC`, an offset such as `+02:00`, or a name such as `Europe/Zurich`.
    pub time_zone: String,
    /// The times.
    pub windows: Vec<QuietWindow>,
    /// Whether critical incidents are told all the same.
    #[serde(default)]
    pub critical_breaks_through: bool,
}

/// A time of the day at which people are left in peace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QuietWindow {
    /// Days on which it begins: `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`; empty for every day.
    #[serde(default)]
    pub days: Vec<String>,
    /// When it begins, such as `22:00`.
    pub from: String,
    /// When it ends, such as `07:00`: on the next day when that is not later than `from`.
    pub to: String,
}

/// When an incident that comes and goes is held back: told once that it does, then only again when it is calm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FlapDamping {
    /// Times that incidents about one name of data may be over within `within_mins`; from then on they are held
    /// back. 0 for never.
    pub max_times: u32,
    /// Minutes that are looked at, and that it must have been calm for.
    pub within_mins: u32,
}

impl Default for FlapDamping {
    fn default() -> Self {
        Self { max_times: 3, within_mins: 30 }
    }
}

/// What to change about an alert rule.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AlertRuleChange {
    /// The version that the change was made on; another one is answered with 409 and the present state.
    pub version: i64,
    /// What it says from now on, whole.
    pub settings: AlertRuleSettings,
}
