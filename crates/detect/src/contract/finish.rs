//! From what the workers know to outcomes and findings.

use std::panic::{AssertUnwindSafe, catch_unwind};

use driftline_model::{
    ContractOutcome, ContractRule, Finding, FindingState, RuleExample, RuleOutcome, RuleStatus, Severity,
};
use serde_json::Value;

use super::breaks::{Breaks, Example};
use super::followed::{DependencyCount, RepeatCount};
use super::judge::{Judge, KeyJudge, NotBound, TableFacts, Verdict};
use super::plan::{BoundContract, BoundRule, ContractState, RuleState};
use super::takes_tolerance;
use super::words::{first, of_rows, plural};
use crate::wording::{percent, thousands};

/// Tells where records are: given ordinals of chunks and records in them, gives name of the source and number in it.
pub type Locate<'a> = dyn Fn(&[(u64, u64)]) -> Vec<(String, u64)> + 'a;

/// A contract that was judged.
#[derive(Debug, Clone, Default)]
pub struct JudgedContract {
    /// What came of every rule.
    pub outcome: ContractOutcome,
    /// What is worth a look.
    pub violations: Vec<Finding>,
}

/// Where the rows of an answer in SQL stand.
const ANSWER: &str = "answer";

/// A verdict with its examples.
type Told = (Verdict, Vec<Example>);

impl BoundContract<'_> {
    /// Judges every rule. Without a state (a profile has no rows) rules that need rows are not judged.
    #[must_use]
    pub fn finish(
        &self,
        name: &str,
        state: Option<ContractState>,
        facts: &TableFacts<'_>,
        (locate, sources): (&Locate<'_>, usize),
    ) -> JudgedContract {
        let mut outcome = ContractOutcome { name: name.to_owned(), ..ContractOutcome::default() };
        let mut states: Vec<Option<RuleState>> = match state {
            Some(state) => state.rules.into_iter().map(Some).collect(),
            None => self.judges.iter().map(|_| None).collect(),
        };
        let mut violations = Vec::new();
        for (((rule, ready), bound), state) in self.plan.rules.iter().zip(&self.judges).zip(&mut states) {
            let answered = match bound {
                Ok(BoundRule { judge: Judge::Answer(judge), .. }) => Some(judge(facts)),
                _ => None,
            };
            let (verdict, examples) = match (answered, bound) {
                (Some((verdict, rows)), _) => (verdict, of_answer(rows)),
                (None, Ok(bound)) => {
                    let judge = AssertUnwindSafe(|| bound.finish(rule, state.take(), facts));
                    let (verdict, examples) =
                        catch_unwind(judge).unwrap_or_else(|_| (broke_down(), Vec::new()));
                    (verdict, located(examples, locate))
                }
                (None, Err(reason)) => (not_bound(rule, reason, facts), Vec::new()),
            };
            let told = told(rule, ready.promise(), verdict, (examples, sources > 1));
            violations.extend(violation(&told));
            match told.status {
                RuleStatus::Kept => outcome.kept += 1,
                RuleStatus::Broken => outcome.broken += 1,
                RuleStatus::Unjudged => outcome.unjudged += 1,
                RuleStatus::Skipped => {}
            }
            outcome.rules.push(told);
        }
        violations.sort_by_key(|finding: &Finding| std::cmp::Reverse(finding.severity));
        JudgedContract { outcome, violations }
    }
}

/// Examples with the numbers of their rows.
fn located(examples: Vec<Example>, locate: &Locate<'_>) -> Vec<RuleExample> {
    let places: Vec<(u64, u64)> =
        examples.iter().map(|example| (example.place.ordinal, example.place.record)).collect();
    let told = |(example, (source, row)): (Example, _)| {
        let Example { byte_offset, value, .. } = example;
        RuleExample { source, row, byte_offset, value }
    };
    examples.into_iter().zip(locate(&places)).map(told).collect()
}

/// Rows of an answer, which stand in no file.
fn of_answer(rows: Vec<String>) -> Vec<RuleExample> {
    let told = |(row, value)| RuleExample { source: ANSWER.to_owned(), row, byte_offset: None, value };
    (1..).zip(rows).map(told).collect()
}

fn broke_down() -> Verdict {
    Verdict::unjudged("it broke down: an internal error, please report it")
}

/// A rule about a column that is not there is told by the rule that it must be there.
fn not_bound(rule: &ContractRule, reason: &NotBound, facts: &TableFacts<'_>) -> Verdict {
    match reason {
        // A column without values is held as text, whatever it is meant for: no value of it breaks anything.
        NotBound::Unfit(_) if has_no_values(rule, facts) && takes_tolerance(&rule.rule) => {
            Verdict::kept().with_rows(0, 0)
        }
        NotBound::Unfit(_) if has_no_values(rule, facts) => Verdict::unjudged("there are no values"),
        NotBound::Missing(reason) if rule.column.is_some() => {
            Verdict { status: RuleStatus::Skipped, ..Verdict::unjudged(reason.clone()) }
        }
        NotBound::Missing(reason) | NotBound::Unfit(reason) => Verdict::unjudged(reason.clone()),
    }
}

/// Whether a column that a rule speaks of holds no value at all.
fn has_no_values(rule: &ContractRule, facts: &TableFacts<'_>) -> bool {
    let listed = rule.parameters.values().flat_map(|given| match given {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        other => other.as_str().into_iter().collect::<Vec<_>>(),
    });
    let is_empty = |name: &str| {
        let column = facts.profile.columns().iter().find(|column| column.name() == name);
        column.is_some_and(|column| column.present() + column.failures() == 0)
    };
    match &rule.column {
        Some(column) => is_empty(column),
        None => listed.into_iter().any(is_empty),
    }
}

impl BoundRule {
    fn finish(&self, rule: &ContractRule, state: Option<RuleState>, facts: &TableFacts<'_>) -> Told {
        let needs_rows = || (Verdict::unjudged("it needs the rows, and a profile has none"), Vec::new());
        match (&self.judge, state) {
            (Judge::Known(verdict), _) => (verdict.clone(), Vec::new()),
            (Judge::Summary(judge), _) => (judge(facts), Vec::new()),
            (_, None) => needs_rows(),
            (_, Some(RuleState::Failed)) => (broke_down(), Vec::new()),
            (Judge::Rows(_), Some(RuleState::Rows(Breaks { unjudged: Some((_, cause)), .. }, _))) => {
                (Verdict::unjudged(cause), Vec::new())
            }
            (Judge::Rows(judge), Some(RuleState::Rows(breaks, _))) => {
                by_rows(&judge.fault, breaks, rule.tolerance)
            }
            (Judge::Order(judge), Some(RuleState::Order(steps))) => {
                by_rows(&judge.fault, steps.finish(judge), rule.tolerance)
            }
            (Judge::Keys(judge), Some(RuleState::Keys(judged))) => match &self.repeats {
                Some(repeats) => {
                    by_keys(judge, repeats.count(), judged, judge.allowed.unwrap_or(rule.tolerance))
                }
                None => (broke_down(), Vec::new()),
            },
            (Judge::Pairs(judge), Some(RuleState::Keys(judged))) => match &self.together {
                Some(together) => by_pairs(&judge.fault, together.count(), judged, rule.tolerance),
                None => (broke_down(), Vec::new()),
            },
            _ => (broke_down(), Vec::new()),
        }
    }
}

/// Whether so many of so many rows are more than a share allows.
fn is_beyond(broken: u64, judged: u64, allowed: f64) -> bool {
    broken > 0 && broken as f64 > allowed * judged as f64
}

fn allowance(allowed: f64) -> String {
    if allowed > 0.0 { format!(", where {} may be", percent(allowed)) } else { String::new() }
}

fn by_rows(fault: &str, breaks: Breaks, tolerance: f64) -> Told {
    let (broken, judged) = (breaks.broken, breaks.judged);
    let verdict = Verdict::of(!is_beyond(broken, judged, tolerance), || {
        format!("{fault} in {}{}", of_rows(broken, judged), allowance(tolerance))
    });
    (verdict.with_rows(broken, judged), breaks.firsts.into_vec())
}

fn by_keys(judge: &KeyJudge, count: RepeatCount, judged: u64, allowed: f64) -> Told {
    let fault = &judge.fault;
    if count.one_in == 1 {
        let repeats = count.repeats;
        let verdict = Verdict::of(!is_beyond(repeats, judged, allowed), || {
            format!("{fault} in {}{}", of_rows(repeats, judged), allowance(allowed))
        });
        return (verdict.with_rows(repeats, judged), count.examples);
    }
    let followed = format!("only one value in {} could be followed", thousands(count.one_in));
    let estimate = count.repeats.saturating_mul(count.one_in).min(judged);
    let rough = format!(
        "{fault} in about {} (estimated: {followed}){}",
        of_rows(estimate, judged),
        allowance(allowed)
    );
    // Whatever is found among those that are followed is certain, and so is that it breaks a rule without leeway.
    let verdict = if allowed == 0.0 && count.repeats > 0 {
        Verdict::broken(rough)
    } else if allowed == 0.0 {
        Verdict::unjudged(format!("{followed}; none of those comes back, the others may"))
    } else {
        // Three standard errors of the number of keys that happened to be followed.
        let leeway = 3.0 * (count.repeats.max(1) as f64).sqrt() * count.one_in as f64;
        let bar = allowed * judged as f64;
        match estimate as f64 {
            least if least - leeway > bar => Verdict::broken(rough),
            most if most + leeway <= bar => Verdict::kept(),
            _ => Verdict::unjudged(format!("{rough}, which is too near to tell")),
        }
    };
    (verdict.with_rows(estimate, judged).estimated(), count.examples)
}

fn by_pairs(fault: &str, count: DependencyCount, judged: u64, tolerance: f64) -> Told {
    let exact = count.one_in == 1;
    let broken = count.disagreeing.saturating_mul(count.one_in).min(judged);
    let about = if exact { "" } else { "about " };
    let told = || format!("{fault} in {about}{}{}", of_rows(broken, judged), allowance(tolerance));
    let verdict = match (exact, is_beyond(broken, judged, tolerance)) {
        (true, beyond) => Verdict::of(!beyond, told),
        (false, true) if tolerance == 0.0 => Verdict::broken(told()).estimated(),
        (false, _) => {
            let followed = thousands(count.keys);
            let message = format!("there are too many different values: only {followed} could be followed");
            Verdict::unjudged(message).estimated()
        }
    };
    (verdict.with_rows(broken, judged), count.examples)
}

fn told(
    rule: &ContractRule,
    promise: String,
    verdict: Verdict,
    (examples, several_sources): (Vec<RuleExample>, bool),
) -> RuleOutcome {
    let mut message = verdict.message;
    let is_bad = verdict.status == RuleStatus::Broken;
    if let Some(example) = examples.first().filter(|_| is_bad) {
        message = format!("{message} {}", first(example, several_sources));
    }
    RuleOutcome {
        rule: rule.rule.clone(),
        column: rule.column.clone(),
        promise,
        status: verdict.status,
        severity: severity_of(rule, &verdict.status, verdict.estimated),
        message,
        description: rule.description.clone(),
        rows_judged: verdict.rows.map(|(_, judged)| judged),
        rows_broken: verdict.rows.map(|(broken, _)| broken),
        tolerance: rule.tolerance,
        estimated: verdict.estimated,
        examples,
    }
}

/// What was too much to be followed is worth knowing; what does not fit the table matters as the rule does.
fn severity_of(rule: &ContractRule, status: &RuleStatus, estimated: bool) -> Severity {
    if *status == RuleStatus::Unjudged && estimated { Severity::Low } else { rule.severity }
}

/// The finding of a rule that is broken or could not be judged.
fn violation(outcome: &RuleOutcome) -> Option<Finding> {
    let message = match outcome.status {
        RuleStatus::Broken => format!("{}.", outcome.message),
        RuleStatus::Unjudged => {
            format!("It could not be judged whether {}: {}.", outcome.promise, outcome.message)
        }
        RuleStatus::Kept | RuleStatus::Skipped => return None,
    };
    Some(Finding {
        code: format!("contract.{}", outcome.rule),
        severity: outcome.severity,
        column: outcome.column.clone(),
        message,
        state: FindingState::Open,
    })
}

/// The answer in a sentence: how many rules are broken, and what the worst one says.
#[must_use]
pub fn contract_headline(judged: &JudgedContract) -> Option<String> {
    let outcome = &judged.outcome;
    let worst = judged.violations.first()?;
    let rules = |count: u64| format!("{} {}", thousands(count), plural(count, "rule"));
    let lead = match (outcome.broken, outcome.unjudged) {
        (0, unjudged) => format!("{} of the contract could not be judged", rules(unjudged)),
        (1, 0) => "1 rule of the contract is broken".to_owned(),
        (broken, 0) => format!("{} of the contract are broken", rules(broken)),
        (broken, unjudged) => {
            let are = if broken == 1 { "is" } else { "are" };
            format!(
                "{} of the contract {are} broken and {} could not be judged",
                rules(broken),
                thousands(unjudged)
            )
        }
    };
    Some(format!("{lead}; {}", worst.message))
}
