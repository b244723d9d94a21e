//! Which incidents a rule is about, and which rules make sense.

use driftline_model::Severity;
use driftline_model::service::{AlertRuleSettings, EscalationStep};

use crate::quiet;
use crate::wildcard::fits;

/// Most characters of a name or a pattern.
const MAX_TEXT: usize = 200;
/// Most patterns of one list.
const MAX_PATTERNS: usize = 50;
/// Most channels of a rule or a step.
const MAX_CHANNELS: usize = 20;
/// Most steps of an escalation.
const MAX_STEPS: usize = 5;
/// Longest wait that a rule can ask for: a week.
const MAX_MINS: u32 = 7 * 24 * 60;
/// Least minutes between two reminders.
const MIN_REPEAT_MINS: u32 = 5;

/// What a rule looks at in a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingFacts {
    /// Its code.
    pub code: String,
    /// The column it is about, if any.
    pub column: Option<String>,
    /// How much it matters.
    pub severity: Severity,
}

/// What is wrong with a rule: the field, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` {wanted}")]
pub struct RuleError {
    /// The field.
    pub field: &'static str,
    /// What would be right.
    pub wanted: String,
}

fn wrong(field: &'static str, wanted: impl Into<String>) -> RuleError {
    RuleError { field, wanted: wanted.into() }
}

/// The highest severity of the findings that a rule is about, when the name of the data fits; nothing when there is
/// none. Whether the rule is switched on is not asked here.
pub fn matched(rule: &AlertRuleSettings, name: &str, findings: &[FindingFacts]) -> Option<Severity> {
    let any = |patterns: &[String], text: &str| patterns.iter().any(|pattern| fits(pattern, text));
    if !rule.names.is_empty() && !any(&rule.names, name) {
        return None;
    }
    let is_meant = |finding: &&FindingFacts| {
        finding.severity >= rule.min_severity
            && (rule.codes.is_empty() || any(&rule.codes, &finding.code))
            && (rule.columns.is_empty()
                || finding.column.as_deref().is_some_and(|column| any(&rule.columns, column)))
    };
    findings.iter().filter(is_meant).map(|finding| finding.severity).max()
}

/// What each of the rules of a workspace, in their order, makes of an incident: the highest severity of the findings
/// it is about. Rules that are switched off make nothing of it, and neither do those behind one that matches and
/// stops.
pub fn matched_in_order<'a>(
    rules: impl IntoIterator<Item = &'a AlertRuleSettings>,
    name: &str,
    findings: &[FindingFacts],
) -> Vec<Option<Severity>> {
    let mut is_stopped = false;
    let judge = |rule: &AlertRuleSettings| {
        if is_stopped || !rule.enabled {
            return None;
        }
        let severity = matched(rule, name, findings);
        is_stopped = rule.stops && severity.is_some();
        severity
    };
    rules.into_iter().map(judge).collect()
}

/// Whether a rule makes sense by itself. Whether its channels exist is for others to say.
///
/// # Errors
/// The first field that does not.
pub fn check(rule: &AlertRuleSettings) -> Result<(), RuleError> {
    let name = rule.name.trim();
    if name.is_empty() || name.chars().count() > 100 || name != rule.name {
        return Err(wrong("name", "needs 1 to 100 characters, without blanks around"));
    }
    if rule.min_severity == Severity::None {
        return Err(wrong("min_severity", "is low, medium, high or critical"));
    }
    for (field, patterns) in [("columns", &rule.columns), ("codes", &rule.codes), ("names", &rule.names)] {
        let fits = |pattern: &String| !pattern.is_empty() && pattern.chars().count() <= MAX_TEXT;
        if patterns.len() > MAX_PATTERNS || !patterns.iter().all(fits) {
            let wanted = format!("takes at most {MAX_PATTERNS} patterns of 1 to {MAX_TEXT} characters");
            return Err(wrong(field, wanted));
        }
    }
    if rule.channels.is_empty() || rule.channels.len() > MAX_CHANNELS {
        return Err(wrong("channels", format!("needs 1 to {MAX_CHANNELS} channels")));
    }
    if rule.min_duration_secs > MAX_MINS * 60 {
        return Err(wrong("min_duration_secs", "is a week at most"));
    }
    if rule.repeat_mins != 0 && !(MIN_REPEAT_MINS..=MAX_MINS).contains(&rule.repeat_mins) {
        return Err(wrong("repeat_mins", format!("is 0, or {MIN_REPEAT_MINS} to {MAX_MINS}")));
    }
    if rule.flapping.max_times > 100 || !(1..=24 * 60).contains(&rule.flapping.within_mins) {
        let wanted = "takes `max_times` of 100 at most and `within_mins` of 1 to 1440";
        return Err(wrong("flapping", wanted));
    }
    check_escalation(&rule.escalation)?;
    rule.quiet.as_ref().map_or(Ok(()), |hours| quiet::check(hours).map_err(|reason| wrong("quiet", reason)))
}

fn check_escalation(steps: &[EscalationStep]) -> Result<(), RuleError> {
    if steps.len() > MAX_STEPS {
        return Err(wrong("escalation", format!("has {MAX_STEPS} steps at most")));
    }
    let mut before = 0;
    for step in steps {
        if step.after_mins <= before || step.after_mins > MAX_MINS {
            let wanted = format!("needs rising `after_mins` from 1 to {MAX_MINS}");
            return Err(wrong("escalation", wanted));
        }
        if step.channels.is_empty() || step.channels.len() > MAX_CHANNELS {
            return Err(wrong("escalation", format!("needs 1 to {MAX_CHANNELS} channels a step")));
        }
        before = step.after_mins;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use driftline_model::service::{FlapDamping, QuietHours};

    use super::*;

    fn finding(code: &str, column: Option<&str>, severity: Severity) -> FindingFacts {
        FindingFacts { code: code.to_owned(), column: column.map(str::to_owned), severity }
    }

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn rule() -> AlertRuleSettings {
        AlertRuleSettings {
            name: "r".to_owned(),
            channels: texts(&["c"]),
            min_severity: Severity::Medium,
            ..AlertRuleSettings::default()
        }
    }

    #[test]
    fn one_finding_must_fit_everything() {
        let findings = [
            finding("drift.value", Some("price"), Severity::High),
            finding("nulls.rise", Some("qty"), Severity::Critical),
            finding("table.rows", None, Severity::Medium),
        ];
        let of = |rule: &AlertRuleSettings| matched(rule, "orders.csv", &findings);
        assert_eq!(of(&rule()), Some(Severity::Critical));
        let drift = AlertRuleSettings { codes: texts(&["drift.*"]), ..rule() };
        assert_eq!(of(&drift), Some(Severity::High));
        assert_eq!(of(&AlertRuleSettings { columns: texts(&["qty"]), ..drift.clone() }), None);
        assert_eq!(of(&AlertRuleSettings { min_severity: Severity::Critical, ..drift }), None);
        let of_no_column = AlertRuleSettings { columns: texts(&["*"]), codes: texts(&["table.*"]), ..rule() };
        assert_eq!(of(&of_no_column), None);
        assert_eq!(of(&AlertRuleSettings { names: texts(&["orders*"]), ..rule() }), Some(Severity::Critical));
        assert_eq!(of(&AlertRuleSettings { names: texts(&["customers*"]), ..rule() }), None);
    }

    #[test]
    fn a_rule_that_stops_keeps_the_rest_out() {
        let findings = [finding("drift.value", Some("price"), Severity::High)];
        let off = AlertRuleSettings { enabled: false, stops: true, ..rule() };
        let other = AlertRuleSettings { names: texts(&["other"]), stops: true, ..rule() };
        let stops = AlertRuleSettings { stops: true, ..rule() };
        let rules = [off, other, rule(), stops, rule()];
        let high = Some(Severity::High);
        assert_eq!(matched_in_order(&rules, "orders", &findings), [None, None, high, high, None]);
    }

    #[test]
    fn rules_without_sense_are_refused() {
        assert_eq!(check(&rule()), Ok(()));
        let step = |after_mins| EscalationStep { after_mins, channels: texts(&["c"]) };
        let zone =
            QuietHours { time_zone: "Mars".to_owned(), windows: vec![], critical_breaks_through: true };
        for (field, bad) in [
            ("name", AlertRuleSettings { name: " ".to_owned(), ..rule() }),
            ("min_severity", AlertRuleSettings { min_severity: Severity::None, ..rule() }),
            ("columns", AlertRuleSettings { columns: texts(&[""]), ..rule() }),
            ("channels", AlertRuleSettings { channels: vec![], ..rule() }),
            ("min_duration_secs", AlertRuleSettings { min_duration_secs: u32::MAX, ..rule() }),
            ("repeat_mins", AlertRuleSettings { repeat_mins: 1, ..rule() }),
            (
                "flapping",
                AlertRuleSettings { flapping: FlapDamping { max_times: 1, within_mins: 0 }, ..rule() },
            ),
            ("escalation", AlertRuleSettings { escalation: vec![step(5), step(5)], ..rule() }),
            ("quiet", AlertRuleSettings { quiet: Some(zone), ..rule() }),
        ] {
            assert_eq!(check(&bad).unwrap_err().field, field);
        }
    }
}
