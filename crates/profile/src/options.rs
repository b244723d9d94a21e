/// How much a profile keeps. Profiles can only be merged when these are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProfileOptions {
    /// Rows in the row sample.
    pub sample_rows: usize,
    /// Distinct values up to which a column's values are counted one by one.
    pub exact_values: usize,
}

/// Cells that the row sample of a table may hold in all, and counted values likewise.
const CELLS: usize = 4 << 20;
/// Most rows of a sample and most counted values of a column: beyond, the rank error (below 0.7 % with 99 %
/// confidence, Dvoretzky-Kiefer-Wolfowitz) no longer matters to anybody.
const MOST: usize = 65_536;

impl ProfileOptions {
    /// The defaults for a table of so many columns: 65,536 rows and values up to 64 columns, then fewer, so
    /// that wide tables need no more memory than narrow ones.
    #[must_use]
    pub fn for_columns(columns: usize) -> Self {
        let each = CELLS / columns.max(1);
        Self { sample_rows: each.clamp(1024, MOST), exact_values: each.clamp(256, MOST) }
    }
}
