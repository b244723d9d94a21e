//! What is known of a contract in a form that goes from one process to another.

use driftline_chunk::Chunk;
use driftline_profile::ChunkHashes;
use serde::{Deserialize, Serialize};

use super::breaks::{Breaks, Broken, Place};
use super::followed::{CarriedRepeats, CarriedTogether, Repeats, Together};
use super::judge::{Judge, Rows};
use super::plan::{BoundContract, BoundRule, ContractState, RuleState};
use super::steps::Steps;

/// What the rows of a part of a table say of each rule of a contract: to be sent, and to be merged with that of the
/// other parts in any order. What comes out is what one pass over the whole table would have known.
#[derive(Debug, Serialize, Deserialize)]
pub struct CarriedContract {
    rules: Vec<CarriedRule>,
}

#[derive(Debug, Serialize, Deserialize)]
enum CarriedRule {
    Nothing,
    Rows(Breaks),
    Repeats(u64, CarriedRepeats),
    Together(u64, CarriedTogether),
    Order(Steps),
    Failed,
}

impl BoundContract<'_> {
    /// Makes ready for the journey what workers know. It ends what they know: nothing may be taken in afterwards.
    #[must_use]
    pub fn carry(&self, state: ContractState) -> CarriedContract {
        let of = |(rule, state): (&Result<BoundRule, _>, RuleState)| {
            let rule = rule.as_ref().ok();
            match state {
                RuleState::Nothing => CarriedRule::Nothing,
                RuleState::Rows(breaks, _) => CarriedRule::Rows(breaks),
                RuleState::Order(steps) => CarriedRule::Order(steps),
                RuleState::Failed => CarriedRule::Failed,
                RuleState::Keys(judged) => {
                    let repeats = rule.and_then(|rule| rule.repeats.as_ref());
                    let together = rule.and_then(|rule| rule.together.as_ref());
                    match (repeats, together) {
                        (Some(repeats), _) => CarriedRule::Repeats(judged, repeats.carried()),
                        (_, Some(together)) => CarriedRule::Together(judged, together.carried()),
                        _ => CarriedRule::Failed,
                    }
                }
            }
        };
        CarriedContract { rules: self.judges.iter().zip(state.rules).map(of).collect() }
    }

    /// What was known elsewhere, as if the rows had been seen here. One that does not fit counts as broken down.
    #[must_use]
    pub fn arrived(&self, carried: CarriedContract) -> ContractState {
        let fits = carried.rules.len() == self.judges.len();
        let mut rules = carried.rules.into_iter();
        let of = |rule: &Result<BoundRule, _>| {
            let rule = rule.as_ref().ok();
            match rules.next() {
                Some(CarriedRule::Nothing) => RuleState::Nothing,
                Some(CarriedRule::Rows(breaks)) => RuleState::Rows(breaks, Broken::default()),
                Some(CarriedRule::Order(steps)) => RuleState::Order(steps),
                Some(CarriedRule::Repeats(judged, carried)) => {
                    match rule.and_then(|rule| rule.repeats.as_ref()) {
                        Some(repeats) if fits => {
                            repeats.take_in(carried);
                            RuleState::Keys(judged)
                        }
                        _ => RuleState::Failed,
                    }
                }
                Some(CarriedRule::Together(judged, carried)) => {
                    match rule.and_then(|rule| rule.together.as_ref()) {
                        Some(together) if fits => {
                            together.take_in(carried);
                            RuleState::Keys(judged)
                        }
                        _ => RuleState::Failed,
                    }
                }
                Some(CarriedRule::Failed) | None => RuleState::Failed,
            }
        };
        ContractState { rules: self.judges.iter().map(of).collect() }
    }
}

/// An example that everybody knows the place of, and nobody the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unseen {
    rule: usize,
    /// Ordinal of its chunk.
    pub ordinal: u64,
    /// Its index among the records of the chunk.
    pub record: u64,
}

impl BoundContract<'_> {
    /// Examples of keys that came back in another part of the table than they came first: at most a few a rule.
    #[must_use]
    pub fn unseen(&self) -> Vec<Unseen> {
        let of = |(rule, bound): (usize, &Result<BoundRule, _>)| {
            let repeats = bound.as_ref().ok().and_then(|bound| bound.repeats.as_ref());
            let places = repeats.map(Repeats::unseen).unwrap_or_default();
            places.into_iter().map(move |Place { ordinal, record }| Unseen { rule, ordinal, record })
        };
        self.judges.iter().enumerate().flat_map(of).collect()
    }

    /// Shows such an example: it is row `row` of a chunk.
    pub fn show(&self, unseen: Unseen, (chunk, hashes): (&Chunk, &ChunkHashes), row: usize) {
        let Some(Ok(BoundRule { judge: Judge::Keys(judge), repeats: Some(repeats), .. })) =
            self.judges.get(unseen.rule)
        else {
            return;
        };
        let all: Vec<usize> = (0..chunk.schema().len()).collect();
        let columns = if judge.columns.is_empty() { &all } else { &judge.columns };
        let value = Rows { chunk, hashes }.example(columns, row);
        repeats.show(Place { ordinal: unseen.ordinal, record: unseen.record }, &value);
    }
}

impl CarriedContract {
    /// For each rule that looks at single rows, in their order, the rows that break it.
    #[must_use]
    pub fn broken_rows(&self) -> Vec<u64> {
        let broken = |rule: &CarriedRule| match rule {
            CarriedRule::Rows(breaks) => Some(breaks.broken),
            _ => None,
        };
        self.rules.iter().filter_map(broken).collect()
    }

    /// Takes in what is known of other rows.
    pub fn merge(&mut self, other: Self) {
        for (mine, theirs) in self.rules.iter_mut().zip(other.rules) {
            mine.merge(theirs);
        }
    }
}

impl CarriedRule {
    fn merge(&mut self, other: Self) {
        match (&mut *self, other) {
            (Self::Nothing, Self::Nothing) => {}
            (Self::Rows(mine), Self::Rows(theirs)) => mine.merge(theirs),
            (Self::Order(mine), Self::Order(theirs)) => mine.merge(theirs),
            (Self::Repeats(judged, mine), Self::Repeats(more, theirs)) => {
                *judged += more;
                let all = Repeats::new(mine.limit());
                all.take_in(std::mem::take(mine));
                all.take_in(theirs);
                *mine = all.carried();
            }
            (Self::Together(judged, mine), Self::Together(more, theirs)) => {
                *judged += more;
                let all = Together::new(mine.limit());
                all.take_in(std::mem::take(mine));
                all.take_in(theirs);
                *mine = all.carried();
            }
            _ => *self = Self::Failed,
        }
    }
}
