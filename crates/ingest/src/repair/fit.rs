//! Laying out a record that has too few or too many cells.

use super::columns::Columns;

/// A wider record is padded or cut at its end.
const MAX_COLUMNS: usize = 512;
/// Cells joined into one at most.
const MAX_JOINED: usize = 8;
/// What it costs to leave out an empty cell.
const DROP_EMPTY: f64 = 0.3;
/// What it costs to leave out a cell at the end, and elsewhere.
const DROP_LAST: f64 = 1.1;
const DROP_VALUE: f64 = 2.0;
/// What it costs to take a delimiter for text, before a blank and elsewhere.
const JOIN_AT_BLANK: f64 = 0.35;
const JOIN: f64 = 1.3;
/// So little prefers gaps at the end where all fits alike.
const EARLIER: f64 = 1e-6;

#[derive(Debug, Clone, Copy)]
enum Step {
    /// So many cells joined into one column.
    Take(usize),
    /// A column without a cell.
    Gap,
    /// A cell without a column.
    Drop,
}

/// The cells in `wanted` columns: gaps where cells are missing, surplus cells joined or left out, so that all
/// cells fit their columns best.
pub(crate) fn aligned(cells: &[Vec<u8>], wanted: usize, columns: &Columns, delimiter: u8) -> Vec<Vec<u8>> {
    if cells.len() > MAX_COLUMNS || wanted > MAX_COLUMNS || wanted == 0 {
        let mut laid = cells.to_vec();
        laid.resize(wanted, Vec::new());
        return laid;
    }
    let width = wanted + 1;
    let mut best = vec![(f64::INFINITY, Step::Gap); (cells.len() + 1) * width];
    if let Some(first) = best.first_mut() {
        first.0 = 0.0;
    }
    let offer = |best: &mut Vec<(f64, Step)>, (cell, column): (usize, usize), cost: f64, step: Step| {
        if let Some(slot) = best.get_mut(cell * width + column)
            && cost < slot.0
        {
            *slot = (cost, step);
        }
    };
    for cell in 0..=cells.len() {
        for column in 0..=wanted {
            let Some((cost, _)) =
                best.get(cell * width + column).copied().filter(|(cost, _)| cost.is_finite())
            else {
                continue;
            };
            let left = cells.len() - cell;
            if column < wanted && left < wanted {
                let early = EARLIER * (wanted - column) as f64;
                offer(&mut best, (cell, column + 1), cost + early, Step::Gap);
            }
            let Some(own) = cells.get(cell) else { continue };
            if cells.len() > wanted {
                let drop = drop_cost(own, left == 1);
                offer(&mut best, (cell + 1, column), cost + drop, Step::Drop);
            }
            if column == wanted {
                continue;
            }
            let most =
                if cells.len() > wanted { (cells.len() - wanted + 1).min(MAX_JOINED).min(left) } else { 1 };
            for count in 1..=most {
                let joining = join_cost(cells.get(cell + 1..cell + count).unwrap_or_default());
                if count > 1 && !columns.is_text(column) {
                    break;
                }
                let misfit = columns.misfit(column, &joined(cells, (cell, count), delimiter));
                offer(&mut best, (cell + count, column + 1), cost + joining + misfit, Step::Take(count));
            }
        }
    }
    trace(cells, (&best, width, wanted), delimiter)
}

fn drop_cost(cell: &[u8], is_last: bool) -> f64 {
    match (cell.trim_ascii().is_empty(), is_last) {
        (true, true) => DROP_EMPTY / 2.0,
        (true, false) => DROP_EMPTY,
        (false, true) => DROP_LAST,
        (false, false) => DROP_VALUE,
    }
}

fn join_cost(more: &[Vec<u8>]) -> f64 {
    more.iter().map(|cell| if cell.first() == Some(&b' ') { JOIN_AT_BLANK } else { JOIN }).sum()
}

fn joined(cells: &[Vec<u8>], (from, count): (usize, usize), delimiter: u8) -> Vec<u8> {
    cells.get(from..from + count).unwrap_or_default().join(&delimiter)
}

fn trace(
    cells: &[Vec<u8>],
    (best, width, wanted): (&[(f64, Step)], usize, usize),
    delimiter: u8,
) -> Vec<Vec<u8>> {
    let (mut cell, mut column) = (cells.len(), wanted);
    let mut laid = Vec::with_capacity(wanted);
    while cell > 0 || column > 0 {
        let Some((_, step)) = best.get(cell * width + column).copied() else { break };
        match step {
            Step::Take(count) if count <= cell && column > 0 => {
                cell -= count;
                column -= 1;
                laid.push(joined(cells, (cell, count), delimiter));
            }
            Step::Gap if column > 0 => {
                column -= 1;
                laid.push(Vec::new());
            }
            Step::Drop if cell > 0 => cell -= 1,
            _ => break,
        }
    }
    laid.reverse();
    laid.resize(wanted, Vec::new());
    laid
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Columns {
        let mut columns = Columns::unknown(4);
        for row in 0..20 {
            let cells = [
                row.to_string(),
                format!("2024-01-{:02}", row + 1),
                "some text".to_owned(),
                format!("{row}.5"),
            ];
            cells.iter().enumerate().for_each(|(column, cell)| columns.see(column, cell.as_bytes()));
        }
        columns
    }

    fn laid(cells: &[&str]) -> Vec<String> {
        let cells: Vec<Vec<u8>> = cells.iter().map(|cell| cell.as_bytes().to_vec()).collect();
        let laid = aligned(&cells, 4, &columns(), b',');
        laid.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect()
    }

    #[test]
    fn cells_go_where_they_fit() {
        assert_eq!(laid(&["1", "2024-01-02", "a"]), ["1", "2024-01-02", "a", ""]);
        assert_eq!(laid(&["2024-01-02", "a b", "1.5"]), ["", "2024-01-02", "a b", "1.5"]);
        assert_eq!(laid(&["1", "2024-01-02", "1.5"]), ["1", "2024-01-02", "", "1.5"]);
        assert_eq!(laid(&["1", "", "2024-01-02", "a b", "1.5"]), ["1", "2024-01-02", "a b", "1.5"]);
        assert_eq!(laid(&["1", "2024-01-02", "a", " b", "1.5"]), ["1", "2024-01-02", "a, b", "1.5"]);
        assert_eq!(laid(&["1", "2024-01-02", "a b", "1.5", "2.5"]), ["1", "2024-01-02", "a b", "1.5"]);
    }
}
