use simd_csv::ZeroCopyReaderBuilder;

use super::grid::Grid;

/// Delimiters that are looked for in the header, the likelier first.
pub(super) const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Reads a piece of CSV. Its first record names the columns.
pub(super) fn read(bytes: &[u8], max_cell_bytes: u64) -> Grid {
    let mut grid = Grid::default();
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut reader = ZeroCopyReaderBuilder::with_capacity(64 << 10)
        .delimiter(delimiter_of(bytes))
        .has_headers(false)
        .flexible(true)
        .from_reader(bytes);
    let mut width = None;
    loop {
        let offset = reader.position();
        let record = match reader.read_byte_record() {
            Ok(Some(record)) => record,
            Ok(None) => return grid,
            Err(error) => {
                grid.reject(offset, format!("the text cannot be read on: {error}"), &[]);
                return grid;
            }
        };
        let Some(width) = width else {
            for (place, name) in record.unescaped_iter().enumerate() {
                let name = String::from_utf8_lossy(&name).trim().to_owned();
                let name = if name.is_empty() { format!("column_{}", place + 1) } else { name };
                grid.place(&name, place);
            }
            width = Some(record.len());
            continue;
        };
        if record.len() == 1 && record.as_slice().trim_ascii().is_empty() && width > 1 {
            continue;
        }
        if record.len() != width {
            grid.reject(offset, format!("{} cells, not {width}", record.len()), record.as_slice());
            continue;
        }
        if record.iter().any(|cell| cell.len() as u64 > max_cell_bytes) {
            grid.reject(offset, format!("a cell of more than {max_cell_bytes} bytes"), record.as_slice());
            continue;
        }
        grid.begin_row(offset);
        for (place, cell) in record.unescaped_iter().enumerate() {
            grid.set(place, &cell);
        }
    }
}

/// The delimiter of a text, told by its first line.
pub(super) fn delimiter_of(bytes: &[u8]) -> u8 {
    let header = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |delimiter: u8| header.iter().filter(|byte| **byte == delimiter).count();
    DELIMITERS.into_iter().rev().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}
