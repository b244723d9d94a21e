//! What a comparison needs of the reference alone, kept for the next comparison with it.

use std::sync::{Arc, OnceLock};

use driftline_model::ColumnStatistics;
use driftline_profile::{NumberBins, Side};

use super::natural::OwnMovement;

/// What was worked out about a reference, for comparisons of one after another current side with it.
///
/// It is filled by the first comparison and is of use only with the same profile, the same sample and the same
/// settings: with others the decisions are wrong. A few numbers for every sampled value.
#[derive(Debug, Default)]
pub struct Prepared {
    columns: Vec<PreparedColumn>,
}

impl Prepared {
    /// Nothing is worked out yet of this reference.
    #[must_use]
    pub fn new(reference: &Side<'_>) -> Self {
        Self { columns: reference.profile.columns().iter().map(|_| PreparedColumn::default()).collect() }
    }

    pub(crate) fn column(&self, index: usize) -> Option<&PreparedColumn> {
        self.columns.get(index)
    }
}

/// The same for one column.
#[derive(Debug, Default)]
pub(crate) struct PreparedColumn {
    /// Distinct numbers with their counts.
    pub(crate) counts: OnceLock<Option<Vec<(f64, u64)>>>,
    /// Whether its values run on with the rows.
    pub(crate) runs_on: OnceLock<bool>,
    pub(crate) statistics: OnceLock<ColumnStatistics>,
    pub(crate) bins: OnceLock<Option<BinnedRows>>,
}

/// The bins that a column of numbers is compared in, and where its sampled rows are in them.
#[derive(Debug)]
pub(crate) struct BinnedRows {
    pub(crate) bins: NumberBins,
    /// Nothing where rows have no order.
    pub(crate) rows: Option<Arc<[u32]>>,
    pub(crate) movement: OnceLock<Option<OwnMovement>>,
}
