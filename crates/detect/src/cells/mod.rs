//! Which cells of a table are probably wrong, without anybody having said what is right.
//!
//! Two passes: the first makes the profile and the row sample, from which a [`CellModel`] learns what is said against
//! each value and which columns decide others; the second looks every cell up ([`CellModel::update`]) and keeps the
//! first places of each suspect. The outcome is the same for any threads and chunks.
//!
//! A new method is one file and one row in [`methods`].

mod dates;
mod dependency;
mod format;
mod magnitude;
mod misplaced;
mod model;
mod nearby;
mod numbers;
mod spelled;
mod state;
mod suspicion;
mod typo;
mod values;

#[cfg(test)]
mod tests;

pub use model::CellModel;
pub use state::{CellState, FoundCells, LocateCells};

/// A method for finding wrong cells, as it is shown to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CellMethodInfo {
    /// The name in settings and reports.
    pub id: &'static str,
    /// The name for people.
    pub name: &'static str,
    /// What it finds, in one sentence.
    pub summary: &'static str,
    /// When it says nothing, so that clean data stay quiet.
    pub guard: &'static str,
    /// Where it comes from.
    pub source: &'static str,
}

/// What is looked for, and how much is told.
#[derive(Debug, Clone, PartialEq)]
pub struct CellOptions {
    /// Columns that are judged; empty means all.
    pub columns: Vec<String>,
    /// Ids of the methods; empty means all.
    pub methods: Vec<String>,
    /// Suspects that are listed of one column.
    pub per_column: u64,
    /// Confidence from which on a cell is suspected, 0..1.
    pub min_confidence: f64,
}

impl Default for CellOptions {
    fn default() -> Self {
        Self { columns: Vec::new(), methods: Vec::new(), per_column: 20, min_confidence: 0.5 }
    }
}

impl CellOptions {
    fn wants_column(&self, name: &str) -> bool {
        self.columns.is_empty() || self.columns.iter().any(|wanted| wanted == name)
    }

    fn wants_method(&self, id: &str) -> bool {
        self.methods.is_empty() || self.methods.iter().any(|wanted| wanted == id)
    }
}

/// Every method, in the order in which people read about them.
#[must_use]
pub fn methods() -> &'static [CellMethodInfo] {
    METHODS
}

static METHODS: &[CellMethodInfo] = &[
    CellMethodInfo {
        id: "typo",
        name: "Slips of the finger",
        summary: "A rare value one or two slips (a letter too many, too few, wrong, or swapped with its neighbour) away \
                  from one that is at least four times as frequent.",
        guard: "Not for numbers, dates and columns that name their rows; not where a tenth of the frequent values have \
                an equally frequent neighbour, as codes and surnames do; words of up to three letters, other digits and \
                other endings of a word are no slips.",
        source: "Damerau (1964); found by symmetric deletion (Garbe 2012)",
    },
    CellMethodInfo {
        id: "format",
        name: "Other formats",
        summary: "A value written differently from nearly all others: a date in another order, a number with a unit or \
                  thousands apart, a code without its dash.",
        guard: "Only where 97 % of the rows and 20 different values are written in a few ways; what 1.5 % of \
                the rows do is a way of its own.",
        source: "Character shapes, after Raman and Hellerstein (2001), Potter's Wheel",
    },
    CellMethodInfo {
        id: "misplaced",
        name: "Values in the wrong column",
        summary: "A value that is frequent in another column and hardly ever stands in this one.",
        guard: "Only between columns of few values that share hardly any.",
        source: "Domains of values, after Visengeriyeva and Abedjan (2018)",
    },
    CellMethodInfo {
        id: "dependency",
        name: "Broken dependencies",
        summary: "A cell that is not what another column of its row decides in nearly all other rows. Of the cells that \
                  may be wrong, the one is blamed that breaks most dependencies.",
        guard: "Only where at most 1 % of the rows break the dependency (3 % where no value has a second partner of its \
                own), ten times fewer than chance would.",
        source: "Approximate functional dependencies: Kivinen and Mannila (1995)",
    },
    CellMethodInfo {
        id: "spelled_differently",
        name: "Spelled differently",
        summary: "A value that equals a more frequent one but for capitals, blanks, marks and accents.",
        guard: "Not where a tenth of the values are written in several ways equally often; not for marks that mean \
                something, and not between digits.",
        source: "Key collision, as in OpenRefine",
    },
    CellMethodInfo {
        id: "magnitude",
        name: "Another magnitude",
        summary: "A number that is ten, a hundred or a thousand times as large or as small as is usual.",
        guard: "Only where the usual numbers lie so close that a slip stands apart, and hardly anything lies between.",
        source: "Own",
    },
];
