//! A contract that a table keeps, proposed from the table itself.

use std::collections::BTreeSet;

use driftline_detect::contract::infer::{Rows, infer};
use driftline_model::{Contract, RuleStatus, RunSettings, Settings, SideReport, SuggestedRule};
use driftline_profile::Side;

use crate::contract::{ContractInput, ContractPass, read_and_judge};
use crate::event::{Observer, Phase};
use crate::guard::guarded;
use crate::halt::Halt;
use crate::input::{Input, load_profile, open_input};
use crate::privacy::Veil;
use crate::profiling::read_table;
use crate::scan::ScanContext;
use crate::{CancelToken, EngineError};

/// What to infer a contract from.
#[derive(Debug, Clone)]
pub struct InferRequest {
    /// The data, or a profile of them.
    pub input: Input,
    /// How they are read.
    pub settings: Settings,
    /// How the run is run.
    pub run: RunSettings,
}

/// A proposed contract.
#[derive(Debug, Clone)]
pub struct InferredContract {
    /// The table that it was inferred from.
    pub side: SideReport,
    /// The rules with why they are there.
    pub rules: Vec<SuggestedRule>,
    /// The contract as text, with remarks.
    pub toml: String,
}

/// Proposes a contract.
///
/// Data are read twice: the first pass shows what could be promised, the second whether all rows keep it, so that
/// every rule holds on them. Of a profile only what is certain without the rows is proposed.
///
/// # Errors
/// When the data cannot be read, or the run is cancelled.
pub fn infer_contract(
    request: &InferRequest,
    observer: &dyn Observer,
    cancel: &CancelToken,
) -> Result<InferredContract, EngineError> {
    guarded("inferring a contract", &request.run, || run(request, observer, cancel))
}

fn run(
    request: &InferRequest,
    observer: &dyn Observer,
    cancel: &CancelToken,
) -> Result<InferredContract, EngineError> {
    let halt = Halt::new(cancel);
    let context = |phase| ScanContext::new(&request.run, observer, (&halt, phase));
    let (side, rules, how) = match &request.input {
        Input::Profile { path, name } => {
            let (side, profile) = load_profile(path, name)?.into_parts();
            let sample = profile.sample();
            let judged_by = Side { profile: &profile, sample: &sample };
            let found = infer(&judged_by, side.quarantine.rows, Rows::Gone);
            let found = Veil::of(&[judged_by], &request.settings.privacy).rules(found);
            let how = if sample.is_exact() {
                "from a profile that holds all rows"
            } else {
                "from a profile: what only the rows could show (rules across columns, order, uniqueness) is left out"
            };
            (side, found, how)
        }
        input => {
            let name = input.name();
            let table = open_input(input, (&request.settings.csv, &request.run), Vec::new())?;
            let read = read_table(&table, &name, &context(Phase::Reference))?;
            let judged_by = Side { profile: &read.profile, sample: &read.sample };
            let found = infer(&judged_by, read.side.quarantine.rows, Rows::ReadAgain);
            let found = Veil::of(&[judged_by], &request.settings.privacy).rules(found);
            let again = table.reopen(read.profile.schema())?;
            let contract = contract_of(&found);
            let input = ContractInput::new(&name, &contract, 0).map_err(|error| EngineError::Panic {
                during: "inferring a contract".to_owned(),
                message: error.to_string(),
            })?;
            let judged = read_and_judge(&again, &name, &ContractPass::new(&input), &context(Phase::Current))?;
            let outcome = judged.judged.into_outcome();
            let kept = found
                .into_iter()
                .zip(outcome.rules)
                .filter(|(_, outcome)| outcome.status == RuleStatus::Kept)
                .map(|(rule, _)| rule)
                .collect();
            (read.side, kept, "each rule was verified on all rows")
        }
    };
    let rules = without_repeats(rules);
    let remark = format!(
        "A contract for {}, inferred from {} rows; {how}.\nLook through it: take out what holds by chance, and tighten \
         what you know better.",
        side.name, side.rows
    );
    let toml = driftline_detect::contract::to_toml(&remark, &rules);
    Ok(InferredContract { side, rules, toml })
}

/// The contract of suggested rules.
fn contract_of(rules: &[SuggestedRule]) -> Contract {
    Contract {
        version: driftline_detect::contract::VERSION,
        description: None,
        rules: rules.iter().map(|suggested| suggested.rule.clone()).collect(),
    }
}

/// Each promise once.
fn without_repeats(rules: Vec<SuggestedRule>) -> Vec<SuggestedRule> {
    let mut seen = BTreeSet::new();
    rules.into_iter().filter(|rule| seen.insert((rule.rule.column.clone(), rule.promise.clone()))).collect()
}
