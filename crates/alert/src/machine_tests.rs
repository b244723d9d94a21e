//! Stories of incidents with a clock that is set by hand, and what must hold whatever happens.

use driftline_model::service::{EscalationStep, FlapDamping, QuietHours, QuietWindow};
use proptest::prelude::*;

use super::*;

const MIN: i64 = 60_000;
/// 2026-11-25 12:00 UTC, a Wednesday.
const NOON: i64 = 1_795_608_000_000;

use AlertEvent::{Acknowledged, Escalated, Flapping, Raised, Reminder, Reopened, Resolved, Worsened};
use IncidentState as Is;

/// A rule at work on one incident after another.
struct Story {
    rule: AlertRuleSettings,
    state: AlertState,
    flaps: FlapState,
    now: i64,
    stands: Standing,
    told: Vec<(i64, AlertEvent, Vec<String>)>,
}

impl Story {
    fn of(rule: AlertRuleSettings) -> Self {
        let stands = Standing { state: Is::Open, severity: Some(Severity::High) };
        Self {
            rule,
            state: AlertState::default(),
            flaps: FlapState::default(),
            now: NOON,
            stands,
            told: vec![],
        }
    }

    /// Looks; a second look finds nothing more, and what it waits for lies ahead.
    fn look(&mut self) {
        let known = (&mut self.state, &mut self.flaps);
        for tell in step(&self.rule, known, self.stands, self.now) {
            let mut channels: Vec<String> = tell.channels.into_iter().collect();
            if tell.only_keepers {
                channels.push("keepers".to_owned());
            }
            self.told.push(((self.now - NOON) / MIN, tell.event, channels));
        }
        let before = (self.state.clone(), self.flaps.clone());
        let again = step(&self.rule, (&mut self.state, &mut self.flaps), self.stands, self.now);
        assert_eq!((again, &self.state, &self.flaps), (vec![], &before.0, &before.1));
        assert!(self.state.due_ms.is_none_or(|due| due > self.now), "{:?}", self.state);
    }

    fn now(&mut self, state: IncidentState, severity: Severity) {
        self.stands = Standing { state, severity: Some(severity) };
        self.look();
    }

    /// Time passes, with a look whenever one is due.
    fn until(&mut self, mins: i64) {
        let end = NOON + mins * MIN;
        while let Some(due) = self.state.due_ms.filter(|due| *due <= end) {
            self.now = due;
            self.look();
        }
        self.now = end;
    }

    fn events(&self) -> Vec<(i64, AlertEvent)> {
        self.told.iter().map(|(at, event, _)| (*at, *event)).collect()
    }
}

fn rule() -> AlertRuleSettings {
    AlertRuleSettings { name: "r".to_owned(), channels: vec!["a".to_owned()], ..AlertRuleSettings::default() }
}

fn nights(critical_breaks_through: bool) -> Option<QuietHours> {
    let window = QuietWindow { days: vec![], from: "22:00".to_owned(), to: "07:00".to_owned() };
    Some(QuietHours { time_zone: "UTC".to_owned(), windows: vec![window], critical_breaks_through })
}

fn step_after(after_mins: u32, channel: &str) -> EscalationStep {
    EscalationStep { after_mins, channels: vec![channel.to_owned()] }
}

#[test]
fn an_incident_is_told_once_until_it_is_worse_over_or_back() {
    let mut story = Story::of(rule());
    story.now(Is::Open, Severity::High);
    story.until(5);
    story.now(Is::Open, Severity::High);
    story.until(6);
    story.now(Is::Open, Severity::Critical);
    story.until(7);
    story.now(Is::Open, Severity::High);
    story.now(Is::Resolved, Severity::High);
    story.until(9);
    story.now(Is::Open, Severity::High);
    assert_eq!(story.events(), [(0, Raised), (6, Worsened), (7, Resolved), (9, Reopened)]);
    assert_eq!(story.state.due_ms, None, "nothing to wait for");
}

#[test]
fn what_nobody_wants_to_know_is_not_told() {
    let mut story = Story::of(AlertRuleSettings { on_resolved: false, ..AlertRuleSettings::first("a") });
    story.now(Is::Open, Severity::High);
    story.now(Is::Open, Severity::Critical);
    story.now(Is::Acknowledged, Severity::Critical);
    story.now(Is::Resolved, Severity::Critical);
    story.now(Is::Open, Severity::Critical);
    story.now(Is::Resolved, Severity::Critical);
    let keepers = || vec!["a".to_owned(), "keepers".to_owned()];
    let expected = [
        (0, Raised, vec!["a".to_owned()]),
        (0, Acknowledged, keepers()),
        (0, Resolved, keepers()),
        (0, Resolved, keepers()),
    ];
    assert_eq!(story.told, expected);
}

#[test]
fn only_what_lasts_is_told() {
    let mut story = Story::of(AlertRuleSettings { min_duration_secs: 600, ..rule() });
    story.look();
    story.until(9);
    story.now(Is::Resolved, Severity::High);
    story.until(20);
    story.now(Is::Open, Severity::High);
    story.until(25);
    story.stands.severity = None;
    story.look();
    story.until(26);
    story.now(Is::Open, Severity::High);
    story.until(60);
    assert_eq!(story.events(), [(36, Raised)]);
}

#[test]
fn what_nobody_answers_goes_to_others() {
    let escalation = vec![step_after(10, "b"), step_after(30, "c")];
    let mut story = Story::of(AlertRuleSettings { escalation, repeat_mins: 15, ..rule() });
    story.look();
    story.until(26);
    let texts = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    let first =
        [(0, Raised, texts(&["a"])), (10, Escalated, texts(&["b"])), (25, Reminder, texts(&["a", "b"]))];
    assert_eq!(story.told, first);
    story.now(Is::Acknowledged, Severity::High);
    story.until(500);
    assert_eq!(story.told.len(), 4, "nobody is told any more once somebody is on it");
    assert_eq!(story.told[3], (26, Acknowledged, texts(&["a", "b", "keepers"])));
    story.now(Is::Open, Severity::Critical);
    story.until(511);
    story.now(Is::Resolved, Severity::Critical);
    let last: Vec<_> = story.told.drain(4..).collect();
    let all = texts(&["a", "b"]);
    let expected = [(500, Worsened, all.clone()), (510, Escalated, texts(&["b"])), (511, Resolved, all)];
    assert_eq!(last, expected);
}

#[test]
fn nights_are_quiet_and_nothing_is_lost() {
    let rule = AlertRuleSettings { quiet: nights(true), escalation: vec![step_after(10, "b")], ..rule() };
    let mut story = Story::of(rule.clone());
    // 22:30; the night ends at 07:00, 19 hours after noon.
    story.until(630);
    story.look();
    story.until(1_140);
    assert_eq!(story.events(), [(1_140, Raised)]);
    story.until(1_200);
    assert_eq!(story.events()[1], (1_150, Escalated));

    let mut over = Story::of(rule.clone());
    over.until(630);
    over.look();
    over.until(700);
    over.now(Is::Resolved, Severity::High);
    over.until(5_000);
    assert_eq!(over.events(), [], "it came and went in the night");

    let mut critical = Story::of(rule.clone());
    critical.until(630);
    critical.now(Is::Open, Severity::Critical);
    critical.until(641);
    critical.now(Is::Resolved, Severity::Critical);
    assert_eq!(critical.events(), [(630, Raised), (640, Escalated), (641, Resolved)]);

    let mut held = Story::of(AlertRuleSettings { quiet: nights(false), ..rule });
    held.look();
    held.until(700);
    held.now(Is::Resolved, Severity::High);
    held.until(2_000);
    assert_eq!(held.events(), [(0, Raised), (10, Escalated), (1_140, Resolved)]);
}

#[test]
fn what_comes_and_goes_is_told_once_until_it_is_calm() {
    let flapping = FlapDamping { max_times: 2, within_mins: 30 };
    let mut story = Story::of(AlertRuleSettings { flapping, ..rule() });
    for minute in 0..10 {
        story.until(2 * minute);
        // Another incident each time, as one that is over does not go on.
        story.state = AlertState::default();
        story.now(Is::Open, Severity::High);
        story.until(2 * minute + 1);
        story.now(Is::Resolved, Severity::High);
        if minute == 1 {
            break;
        }
    }
    assert_eq!(story.events(), [(0, Raised), (1, Resolved), (2, Raised)]);
    let first = story.state.clone();
    for minute in [5, 9] {
        story.until(minute);
        story.state = AlertState::default();
        story.now(Is::Open, Severity::High);
        if minute == 5 {
            story.now(Is::Resolved, Severity::High);
        }
    }
    assert_eq!(story.events()[3..], [(5, Flapping)]);
    // The last one stays: it is told when all has been calm for half an hour.
    story.until(40);
    assert_eq!(story.events()[4..], [(35, Raised)]);
    // The second one is over, which was held back too.
    story.state = first;
    story.stands.state = Is::Resolved;
    story.look();
    assert_eq!(story.events()[5..], [(40, Resolved)]);
}

#[test]
fn an_incident_that_was_told_to_flap_is_told_to_stand() {
    let flapping = FlapDamping { max_times: 1, within_mins: 30 };
    let mut story = Story::of(AlertRuleSettings { flapping, ..rule() });
    story.look();
    story.now(Is::Resolved, Severity::High);
    story.now(Is::Open, Severity::High);
    story.until(31);
    assert_eq!(story.events(), [(0, Raised), (0, Flapping), (30, Reminder)]);
    story.now(Is::Resolved, Severity::High);
    story.until(90);
    assert_eq!(story.events()[3..], [(61, Resolved)]);
}

#[derive(Debug, Clone)]
enum Happens {
    State(IncidentState),
    Severity(Option<Severity>),
    Time(i64),
}

fn happens() -> impl Strategy<Value = Happens> {
    let severity = prop_oneof![
        Just(None),
        Just(Some(Severity::Medium)),
        Just(Some(Severity::High)),
        Just(Some(Severity::Critical))
    ];
    prop_oneof![
        prop_oneof![Just(Is::Open), Just(Is::Acknowledged), Just(Is::Resolved)].prop_map(Happens::State),
        severity.prop_map(Happens::Severity),
        (0_i64..400).prop_map(Happens::Time),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_alerts_are_sane(
        story_of in proptest::collection::vec(happens(), 1..60),
        (repeat, lasts, max_times) in (prop_oneof![Just(0_u32), Just(45)], 0_u32..1200, 0_u32..4),
        (breaks, has_nights) in (any::<bool>(), any::<bool>()),
    ) {
        let mut story = Story::of(AlertRuleSettings {
            repeat_mins: repeat,
            min_duration_secs: lasts,
            quiet: if has_nights { nights(breaks) } else { None },
            escalation: vec![step_after(10, "b"), step_after(60, "c")],
            flapping: FlapDamping { max_times, within_mins: 30 },
            ..rule()
        });
        let mut clock = 0;
        for next in story_of {
            match next {
                Happens::State(state) => story.stands.state = state,
                Happens::Severity(severity) => story.stands.severity = severity,
                Happens::Time(mins) => { clock += mins; story.until(clock) }
            }
            story.look();
        }
        let quiet = |at: i64| quiet::ends_ms(&nights(false).unwrap(), NOON + at * MIN).is_some();
        let mut is_told = false;
        for (at, event, channels) in &story.told {
            prop_assert!(!channels.is_empty());
            match event {
                Raised | Reopened => { prop_assert!(!is_told, "{:?}", story.told); is_told = true }
                Flapping => is_told = true,
                Resolved => { prop_assert!(is_told, "{:?}", story.told); is_told = false }
                _ => prop_assert!(is_told, "{:?}", story.told),
            }
            if has_nights && !breaks && *event != Acknowledged {
                prop_assert!(!quiet(*at), "{:?}", story.told);
            }
        }
        // In the end everything that should be told is: a week later nothing is owed.
        (story.stands.state, story.stands.severity) = (Is::Open, Some(Severity::High));
        story.look();
        story.until(clock + 7 * 24 * 60);
        prop_assert!(story.state.told.is_some());
        story.now(Is::Resolved, Severity::High);
        story.until(clock + 9 * 24 * 60);
        prop_assert!(story.state.told.is_none() && story.state.due_ms.is_none());
    }
}
