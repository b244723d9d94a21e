//! The pairs as CSV files, for other tools.

use std::fmt::Write;
use std::path::Path;

use driftline_testkit::planted::{Cells, PlantedColumn, PlantedPair, Signals, Sizes};

/// Most pairs of a size and most rows a side that are written: other tools take seconds a pair.
const MAX_PAIRS: u64 = 25;
const MAX_ROWS: usize = 20_000;

/// Writes for every pair `N-reference.csv`, `N-current.csv` and one line in `truth.csv` for each column: the
/// pair, its sizes, the column, the change, whether it counts (`1`, `0`, empty for a change too small to count).
pub(crate) fn write(
    folder: &Path,
    seed: u64,
    suite: &[(Sizes, u64, u64)],
) -> Result<(), Box<dyn std::error::Error>> {
    std::fs::create_dir_all(folder)?;
    let mut signals = Signals::new();
    let mut truth = String::from("pair,reference_rows,current_rows,is_stable,column,change,counts\n");
    let mut number = 0;
    for &(sizes, planted, stable) in suite.iter().filter(|(sizes, ..)| sizes.0.max(sizes.1) <= MAX_ROWS) {
        for (count, first, is_stable) in [(planted, 0, false), (stable, 1_000_000, true)] {
            for index in 0..count.min(MAX_PAIRS) {
                let pair = PlantedPair::new((seed, first + index), sizes, is_stable, &mut signals);
                std::fs::write(
                    folder.join(format!("{number}-reference.csv")),
                    csv(&pair, |c| &c.reference)?,
                )?;
                std::fs::write(folder.join(format!("{number}-current.csv")), csv(&pair, |c| &c.current)?)?;
                for column in &pair.columns {
                    let counts = column.counts().map_or("", |counts| if counts { "1" } else { "0" });
                    let change = column.change.map_or("", |change| change.name());
                    let (r, c) = sizes;
                    let name = column.shape.name();
                    writeln!(truth, "{number},{r},{c},{},{name},{change},{counts}", u8::from(is_stable))?;
                }
                number += 1;
            }
        }
    }
    std::fs::write(folder.join("truth.csv"), truth)?;
    Ok(())
}

/// No cell of a planted table holds a comma, a quote or a line break.
fn csv(pair: &PlantedPair, side: fn(&PlantedColumn) -> &Cells) -> Result<String, std::fmt::Error> {
    let names: Vec<&str> = pair.columns.iter().map(|column| column.shape.name()).collect();
    let mut text = names.join(",");
    text.push('\n');
    let rows = pair.columns.first().map_or(0, |column| side(column).len());
    for row in 0..rows {
        for (place, column) in pair.columns.iter().enumerate() {
            write!(text, "{}{}", if place == 0 { "" } else { "," }, side(column).text(row))?;
        }
        text.push('\n');
    }
    Ok(text)
}
