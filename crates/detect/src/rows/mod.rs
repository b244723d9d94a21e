//! Which rows are strange, and which of their cells are to blame.
//!
//! Methods for single cells are cheap enough to run on every row of a scan: [`RowModel::score`]. Methods on
//! whole rows see what no cell shows by itself, at some microseconds a row: [`RowModel::score_with_joint`].
//! All speak in evidence, minus the logarithm of how probable something as strange is; see `evidence`.
//!
//! A new method is one file and one row in [`methods`].

mod column_methods;
mod column_model;
mod column_ranks;
mod ensemble;
mod evidence;
mod frozen_table;
mod histogram;
mod iqr;
mod isolation_forest;
mod joint_rows;
mod matrix;
mod model;
mod nearest_neighbours;
mod pattern;
mod rarity;
mod robust_z;
mod ruler;
mod subsample;
mod tail_scale;
mod tails;
mod top_rows;
mod wording;
mod zscore;

#[cfg(test)]
mod contract_tests;
#[cfg(test)]
mod model_tests;

pub use ensemble::{JointModel, JointScratch};
pub use matrix::Matrix;
pub use model::RowModel;
pub use top_rows::{TopRow, TopRows};

use column_methods::NumberFacts;
use ruler::Ruler;

/// What a method looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowMethodScope {
    /// Single numbers.
    Number,
    /// Single values of any kind.
    Value,
    /// Whole rows.
    Row,
}

/// A method for finding strange rows, as it is shown to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowMethodInfo {
    /// The name in settings and reports.
    pub id: &'static str,
    /// The name for people.
    pub name: &'static str,
    /// What it looks at.
    pub scope: RowMethodScope,
    /// What it finds, in a sentence.
    pub summary: &'static str,
    /// How its raw score comes about.
    pub formula: &'static str,
    /// Where it comes from.
    pub source: &'static str,
}

/// A method for single numbers: fits a ruler.
#[derive(Clone, Copy)]
struct NumberMethod {
    id: &'static str,
    fit: fn(&NumberFacts<'_>, f64) -> Option<Ruler>,
    wording: (&'static str, &'static str),
}

const NUMBER_METHODS: [NumberMethod; 3] = [
    NumberMethod { id: "zscore", fit: zscore::fit, wording: zscore::WORDING },
    NumberMethod { id: "robust_z", fit: robust_z::fit, wording: robust_z::WORDING },
    NumberMethod { id: "iqr", fit: iqr::fit, wording: iqr::WORDING },
];

/// All methods.
pub fn methods() -> &'static [RowMethodInfo] {
    &METHODS
}

const METHODS: [RowMethodInfo; 10] = [
    RowMethodInfo {
        id: "zscore",
        name: "Z-score",
        scope: RowMethodScope::Number,
        summary: "Numbers far from the mean in standard deviations.",
        formula: "|x - mean| / std, strange from `z_threshold` (3) on",
        source: "Classical three-sigma rule",
    },
    RowMethodInfo {
        id: "robust_z",
        name: "Robust z-score",
        scope: RowMethodScope::Number,
        summary: "Numbers far from the median; not misled by up to half of wrong values.",
        formula: "|x - median| / (1.4826 MAD), strange from 3.5 on",
        source: "Iglewicz and Hoaglin (1993)",
    },
    RowMethodInfo {
        id: "iqr",
        name: "Inter-quartile fences",
        scope: RowMethodScope::Number,
        summary: "Numbers beyond the whiskers of a box plot.",
        formula: "|x - (q1 + q3) / 2| / (q3 - q1), strange from 2 on (the fences)",
        source: "Tukey (1977)",
    },
    RowMethodInfo {
        id: "rarity",
        name: "Rarity",
        scope: RowMethodScope::Value,
        summary: "Values, missing values and character shapes that are rare or were never seen.",
        formula: "-ln(share of rows with a value as rare); unseen: -ln((values seen once + 1) / (rows + 1))",
        source: "Good (1953) for unseen values",
    },
    RowMethodInfo {
        id: "isolation_forest",
        name: "Isolation forest",
        scope: RowMethodScope::Row,
        summary: "Rows that few random cuts set apart from the rest.",
        formula: "2^(-mean depth / c(256)) over 100 trees of 256 rows",
        source: "Liu, Ting and Zhou (2008)",
    },
    RowMethodInfo {
        id: "nearest_neighbours",
        name: "Nearest neighbours",
        scope: RowMethodScope::Row,
        summary: "Rows far from their neighbours.",
        formula: "city-block distance of sign(z) ln(1 + |z|) to the k-th nearest of at most 1024 rows, k = max(25, 2.5 %)",
        source: "Ramaswamy, Rastogi and Shim (2000)",
    },
    RowMethodInfo {
        id: "rank_neighbours",
        name: "Nearest neighbours on ranks",
        scope: RowMethodScope::Row,
        summary: "Rows whose values are ordinary one by one but do not go together.",
        formula: "Euclidean distance of normal scores of ranks to the k-th nearest of at most 1024 rows",
        source: "Ramaswamy, Rastogi and Shim (2000), on van der Waerden scores",
    },
    RowMethodInfo {
        id: "histogram",
        name: "Histograms",
        scope: RowMethodScope::Row,
        summary: "Rows with values in thinly populated ranges.",
        formula: "sum over columns of -ln(bin height / highest + 0.1), 10 bins",
        source: "HBOS: Goldstein and Dengel (2012)",
    },
    RowMethodInfo {
        id: "tails",
        name: "Tails",
        scope: RowMethodScope::Row,
        summary: "Rows with many values far out on either side.",
        formula: "sum over columns of -ln(2 min(F(x), 1 - F(x-)))",
        source: "After ECOD: Li et al. (2022)",
    },
    RowMethodInfo {
        id: "ensemble",
        name: "Ensemble",
        scope: RowMethodScope::Row,
        summary: "All methods on whole rows together: the steadiest choice over many kinds of data.",
        formula: "mean of -ln(tail probability) over the five methods",
        source: "Fisher's combination (1932) of Kriegel et al.'s unified scores (2011)",
    },
];
