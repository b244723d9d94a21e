//! Rules that a table must keep, and whether it does.
//!
//! A contract is read from text ([`parse()`]), made ready ([`ContractPlan`]), bound to the columns of a table
//! ([`ContractPlan::bind`]), fed with its chunks by several workers, and judged in the end. Counts are exact and the
//! same for any threads and chunks; where only an estimate is possible, the outcome says so.
//!
//! A new rule is a file here and a row in [`RULES`].

mod aggregate;
mod between;
pub(crate) mod breaks;
mod carried;
mod cells;
mod columns;
mod dependency;
mod finish;
mod followed;
mod format;
mod freshness;
pub mod infer;
mod info;
mod judge;
mod kind;
mod nulls;
mod order;
mod pair;
mod parameters;
mod parse;
mod plan;
mod range;
mod set;
mod share;
pub mod sql;
mod steps;
mod sum_of;
mod table_size;
#[cfg(test)]
mod tests;
mod text;
mod unique;
mod words;
mod write;

pub use breaks::{ChunkPlace, EXAMPLES};
pub use carried::{CarriedContract, Unseen};
pub use cells::shown_row;
pub use finish::{JudgedContract, Locate, contract_headline};
pub use info::{Parameter, RuleInfo, RulePlace, RuleScope, Shape};
pub use judge::TableFacts;
pub use parse::{ContractTextError, MAX_RULES, MAX_TEXT_BYTES, parse, parse_with};
pub use plan::{BoundContract, ContractPlan, ContractState};
pub use write::to_toml;

use info::Registered;

/// Version of the form of contracts.
pub const VERSION: u32 = 1;

/// Every rule, in the order in which people read about them. A new one is a file in this folder and a row here.
static RULES: &[&Registered] = &[
    &columns::PRESENT,
    &columns::ABSENT,
    &columns::ORDER,
    &columns::ONLY,
    &columns::COUNT,
    &table_size::ROWS,
    &table_size::UNREADABLE,
    &unique::DUPLICATES,
    &kind::KIND,
    &nulls::NOT_NULL,
    &nulls::NULL,
    &nulls::SHARE,
    &between::BETWEEN,
    &set::IN,
    &set::NOT_IN,
    &set::CONTAINS,
    &unique::UNIQUE,
    &unique::TOGETHER,
    &unique::DISTINCT,
    &unique::DISTINCT_SHARE,
    &text::LENGTH,
    &text::MATCHES,
    &text::NOT_MATCHES,
    &text::STARTS,
    &text::ENDS,
    &text::TRIMMED,
    &format::FORMAT,
    &order::INCREASING,
    &order::DECREASING,
    &freshness::FRESH,
    &aggregate::MEAN,
    &aggregate::MEDIAN,
    &aggregate::QUANTILES,
    &aggregate::STD,
    &aggregate::SUM,
    &aggregate::MIN,
    &aggregate::MAX,
    &share::ZEROS,
    &share::NEGATIVES,
    &pair::AT_MOST,
    &pair::BELOW,
    &pair::EQUAL,
    &pair::NULL_TOGETHER,
    &sum_of::SUM_OF,
    &dependency::DETERMINES,
    &sql::HOLDS,
    &sql::VALUE,
    &sql::FINDS_NOTHING,
];

/// Every rule that a contract can have.
pub fn rules() -> impl Iterator<Item = &'static RuleInfo> {
    RULES.iter().map(|rule| &rule.info)
}

pub(crate) fn find(id: &str) -> Option<&'static Registered> {
    RULES.iter().copied().find(|rule| rule.info.id == id)
}

/// Whether a rule may be broken by a share of the rows.
pub(crate) fn takes_tolerance(id: &str) -> bool {
    find(id).is_some_and(|rule| rule.info.tolerance)
}
