//! Reading a simple CSV text: no quotes, one kind a column. For tests on real files without the decoder.

use crate::planted::Cells;

/// Named columns of a CSV text with a header, all cells plain: empty and `NA` are nulls; a column is of truth
/// values, numbers, ISO moments or else texts, by all of its cells. Rows of another width are left out.
pub fn read(text: &str) -> Vec<(String, Cells)> {
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().map_or(Vec::new(), |line| line.split(',').collect());
    let mut columns: Vec<Vec<&str>> = vec![Vec::new(); names.len()];
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        if cells.len() == names.len() {
            columns.iter_mut().zip(cells).for_each(|(column, cell)| column.push(cell));
        }
    }
    names.into_iter().zip(columns).map(|(name, cells)| (name.to_owned(), typed(&cells))).collect()
}

/// The rows of a column at these places, in this order.
pub fn pick(cells: &Cells, rows: &[usize]) -> Cells {
    fn chosen<T: Clone>(cells: &[T], rows: &[usize]) -> Vec<T> {
        rows.iter().filter_map(|&row| cells.get(row).cloned()).collect()
    }
    match cells {
        Cells::Numbers(cells, _) => Cells::Numbers(chosen(cells, rows), Vec::new()),
        Cells::Booleans(cells) => Cells::Booleans(chosen(cells, rows)),
        Cells::Moments(cells) => Cells::Moments(chosen(cells, rows)),
        Cells::Texts(cells) => Cells::Texts(chosen(cells, rows)),
    }
}

fn typed(cells: &[&str]) -> Cells {
    let is_null = |cell: &str| cell.is_empty() || cell == "NA";
    fn all<T>(
        cells: &[&str],
        is_null: impl Fn(&str) -> bool,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<Vec<Option<T>>> {
        cells.iter().map(|cell| if is_null(cell) { Some(None) } else { read(cell).map(Some) }).collect()
    }
    if let Some(truths) = all(cells, is_null, |cell| cell.to_ascii_lowercase().parse::<bool>().ok()) {
        return Cells::Booleans(truths);
    }
    if let Some(numbers) = all(cells, is_null, |cell| cell.parse::<f64>().ok()) {
        return Cells::Numbers(
            numbers.into_iter().map(|number| number.unwrap_or(f64::NAN)).collect(),
            Vec::new(),
        );
    }
    all(cells, is_null, moment).map_or_else(
        || Cells::Texts(cells.iter().map(|cell| (!is_null(cell)).then(|| (*cell).to_owned())).collect()),
        Cells::Moments,
    )
}

/// `YYYY-MM-DD`, then perhaps `T` or a blank and `hh:mm:ss` with a fraction and a `Z`.
fn moment(cell: &str) -> Option<i64> {
    let number = |range: std::ops::Range<usize>| cell.get(range)?.parse::<i64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let is_date = cell.get(4..5) == Some("-") && cell.get(7..8) == Some("-");
    let time =
        if cell.len() >= 19 { number(11..13)? * 3600 + number(14..16)? * 60 + number(17..19)? } else { 0 };
    // Days since 1970 by counting leap days before the year, and the days of a year that begins in March.
    let shifted_year = if month > 2 { year } else { year - 1 };
    let shifted_month = (month + 9) % 12;
    let leaps = shifted_year / 4 - shifted_year / 100 + shifted_year / 400;
    let days = shifted_year * 365 + leaps + (shifted_month * 306 + 5) / 10 + day - 1 - 719_468;
    is_date.then_some((days * 86_400 + time) * 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_take_the_kind_of_their_cells() {
        let columns =
            read("a,b,c,d\n1,x,True,2013-01-01T10:00:00Z\n,NA,False,1970-01-01 00:00:01.000\n1,2\n");
        assert_eq!(columns[1].1, Cells::Texts(vec![Some("x".to_owned()), None]));
        assert_eq!(columns[2].1, Cells::Booleans(vec![Some(true), Some(false)]));
        assert_eq!(columns[3].1, Cells::Moments(vec![Some(1_357_034_400_000_000), Some(1_000_000)]));
        assert_eq!((columns[0].0.as_str(), columns[0].1.text(0).as_str()), ("a", "1"));
    }
}
