//! What one rule tells of one incident, and when.
//!
//! The machine looks at how things are, not at what has happened: it may be asked at any moment and as often as one
//! likes, by whoever changes an incident and by the clock, and tells everything once. What it waits for is in
//! [`AlertState::due_ms`].

use std::collections::BTreeSet;

use driftline_model::Severity;
use driftline_model::service::{AlertEvent, AlertRuleSettings, IncidentState};
use serde::{Deserialize, Serialize};

use crate::flap::FlapState;
use crate::quiet;

/// What a rule knows of an incident.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AlertState {
    /// Since when it has matched without a break.
    pub matched_since_ms: Option<i64>,
    /// Whether it matched when it was looked at last.
    pub is_open: bool,
    /// The highest severity that was told since it was raised; nothing before, and after it was told to be over.
    pub told: Option<Severity>,
    /// When anything was told last.
    pub told_ms: i64,
    /// From when the steps of the escalation count.
    pub escalates_from_ms: i64,
    /// Steps of the escalation that were taken.
    pub steps_taken: usize,
    /// Whether it was told that somebody is on it.
    pub is_acknowledgement_told: bool,
    /// Whether it was told that it comes and goes, so that its standing is to be told when it is calm.
    pub owes_standing: bool,
    /// Whether it was told, and then over.
    pub was_over: bool,
    /// Channels that were told: ids.
    pub channels: BTreeSet<String>,
    /// When to look again, whatever happens.
    pub due_ms: Option<i64>,
}

/// How an incident is at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Where it stands.
    pub state: IncidentState,
    /// The highest severity of its findings that the rule is about; nothing when there is none.
    pub severity: Option<Severity>,
}

/// Something to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tell {
    /// Why.
    pub event: AlertEvent,
    /// Channels: ids.
    pub channels: BTreeSet<String>,
    /// Whether only channels are told that keep incidents of their own, which must be answered or over too.
    pub only_keepers: bool,
}

/// What is to be told now. Changes what is known, so that the same question at the same moment gives nothing more.
pub fn step(
    rule: &AlertRuleSettings,
    (state, flaps): (&mut AlertState, &mut FlapState),
    seen: Standing,
    now_ms: i64,
) -> Vec<Tell> {
    let mut step = Step { rule, state, flaps, now_ms, tells: Vec::new() };
    step.state.due_ms = None;
    match (seen.state, seen.severity) {
        (IncidentState::Resolved, _) => step.over(),
        // Nothing that the rule is about is left; what was told stays told until the incident is over.
        (_, None) => step.state.matched_since_ms = None,
        (stands, Some(severity)) => {
            step.state.is_open = true;
            step.goes_on(stands == IncidentState::Acknowledged, severity);
        }
    }
    step.tells
}

struct Step<'a> {
    rule: &'a AlertRuleSettings,
    state: &'a mut AlertState,
    flaps: &'a mut FlapState,
    now_ms: i64,
    tells: Vec<Tell>,
}

impl Step<'_> {
    fn over(&mut self) {
        if std::mem::take(&mut self.state.is_open) {
            self.flaps.over(&self.rule.flapping, self.now_ms);
        }
        self.state.matched_since_ms = None;
        let Some(severity) = self.state.told else { return };
        if let Some(until) = self.flaps.held_until(self.now_ms).or_else(|| self.quiet_until(severity)) {
            return self.look_again(until);
        }
        let channels = std::mem::take(&mut self.state.channels);
        let only_keepers = !self.rule.on_resolved;
        self.tells.push(Tell { event: AlertEvent::Resolved, channels, only_keepers });
        *self.state = AlertState { was_over: true, told_ms: self.now_ms, ..AlertState::default() };
    }

    fn goes_on(&mut self, is_acknowledged: bool, severity: Severity) {
        let since = *self.state.matched_since_ms.get_or_insert(self.now_ms);
        let ripe_ms = since + i64::from(self.rule.min_duration_secs) * 1000;
        if self.now_ms < ripe_ms && self.state.told.is_none() {
            return self.look_again(ripe_ms);
        }
        if let Some(until) = self.flaps.held_until(self.now_ms) {
            self.look_again(until);
            if !is_acknowledged {
                self.held(severity);
            }
            return;
        }
        if !is_acknowledged {
            self.state.is_acknowledgement_told = false;
        }
        if let Some(event) = self.news(is_acknowledged, severity) {
            if let Some(until) = self.quiet_until(severity) {
                return self.look_again(until);
            }
            self.raise(event, severity);
        }
        if is_acknowledged {
            self.answered();
        } else if self.state.told.is_some() {
            self.escalate(severity);
            self.remind(severity);
        }
    }

    /// What there is to tell of the incident itself.
    fn news(&mut self, is_acknowledged: bool, severity: Severity) -> Option<AlertEvent> {
        match self.state.told {
            None if is_acknowledged => None,
            None if self.state.was_over && !self.rule.on_reopened => {
                self.state.told = Some(severity);
                (self.state.escalates_from_ms, self.state.told_ms) = (self.now_ms, self.now_ms);
                self.state.channels = self.own_channels();
                None
            }
            None if self.state.was_over => Some(AlertEvent::Reopened),
            None => Some(AlertEvent::Raised),
            Some(before) if severity > before && self.rule.on_worsened => Some(AlertEvent::Worsened),
            Some(before) => {
                self.state.told = Some(before.max(severity));
                // Owed until it is told: quiet hours may stand between. Who is on it needs no reminder.
                self.state.owes_standing &= !is_acknowledged;
                self.state.owes_standing.then_some(AlertEvent::Reminder)
            }
        }
    }

    /// Tells that an incident is there, or worse: the escalation begins anew.
    fn raise(&mut self, event: AlertEvent, severity: Severity) {
        self.state.channels.extend(self.own_channels());
        self.tell(event, self.state.channels.clone());
        self.state.told = Some(severity);
        self.state.owes_standing = false;
        (self.state.escalates_from_ms, self.state.steps_taken) = (self.now_ms, 0);
    }

    /// It comes and goes: told once for all incidents about the same name.
    fn held(&mut self, severity: Severity) {
        if self.flaps.is_told {
            return;
        }
        if let Some(quiet) = self.quiet_until(severity) {
            return self.look_again(quiet);
        }
        self.flaps.is_told = true;
        self.state.channels.extend(self.own_channels());
        self.tell(AlertEvent::Flapping, self.state.channels.clone());
        self.state.told = self.state.told.max(Some(severity));
        self.state.owes_standing = true;
        self.state.escalates_from_ms = self.now_ms;
    }

    /// Somebody is on it: channels that keep incidents of their own should know.
    fn answered(&mut self) {
        if self.state.told.is_none() || self.state.is_acknowledgement_told {
            return;
        }
        self.state.is_acknowledgement_told = true;
        let channels = self.state.channels.clone();
        self.tells.push(Tell { event: AlertEvent::Acknowledged, channels, only_keepers: true });
    }

    /// Takes the steps of the escalation whose time has come.
    fn escalate(&mut self, severity: Severity) {
        while let Some(next) = self.rule.escalation.get(self.state.steps_taken) {
            let at = self.state.escalates_from_ms + i64::from(next.after_mins) * 60_000;
            if self.now_ms < at {
                return self.look_again(at);
            }
            if let Some(until) = self.quiet_until(severity) {
                return self.look_again(until);
            }
            self.state.steps_taken += 1;
            let channels: BTreeSet<String> = next.channels.iter().cloned().collect();
            self.state.channels.extend(channels.iter().cloned());
            self.tell(AlertEvent::Escalated, channels);
        }
    }

    fn remind(&mut self, severity: Severity) {
        if self.rule.repeat_mins == 0 {
            return;
        }
        let at = self.state.told_ms + i64::from(self.rule.repeat_mins) * 60_000;
        if self.now_ms < at {
            return self.look_again(at);
        }
        if let Some(until) = self.quiet_until(severity) {
            return self.look_again(until);
        }
        self.tell(AlertEvent::Reminder, self.state.channels.clone());
        self.look_again(self.now_ms + i64::from(self.rule.repeat_mins) * 60_000);
    }

    fn tell(&mut self, event: AlertEvent, channels: BTreeSet<String>) {
        self.state.told_ms = self.now_ms;
        self.tells.push(Tell { event, channels, only_keepers: false });
    }

    fn own_channels(&self) -> BTreeSet<String> {
        self.rule.channels.iter().cloned().collect()
    }

    fn quiet_until(&self, severity: Severity) -> Option<i64> {
        let hours = self.rule.quiet.as_ref()?;
        let breaks_through = hours.critical_breaks_through && severity == Severity::Critical;
        if breaks_through { None } else { quiet::ends_ms(hours, self.now_ms) }
    }

    fn look_again(&mut self, at_ms: i64) {
        self.state.due_ms = Some(self.state.due_ms.map_or(at_ms, |due| due.min(at_ms)));
    }
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;
