//! The official benchmark table: 20 mixed columns of made-up web orders, as CSV, about 125 bytes a row.

use std::io::{self, Write};

use crate::Random;
use crate::csv_text::{write_date, write_fixed, write_hex, write_integer, write_time};
use crate::weighted::Weighted;

/// Number of columns.
pub const COLUMNS: usize = 20;

/// Rows that are made at once. A block depends on its number and the seed only, so blocks can be made in
/// parallel and come out the same for any number of threads.
pub const BLOCK_ROWS: u64 = 16_384;

/// The header line, newline included.
pub const HEADER: &str = "order_id,created_at,country,city,device,agent,amount,discount,latency_ms,\
                          temperature,score,signal,quantity,visits,product,customer,member,coupon,\
                          delivered_on,status\n";

const MICROS_PER_ROW: u64 = 310_000;
/// 2026-01-01T00:00:00 in microseconds since 1970.
const FIRST_MOMENT_MICROS: u64 = 1_767_225_600_000_000;
const MICROS_PER_DAY: u64 = 86_400_000_000;
const PRODUCTS: f64 = 50_000.0;
const CUSTOMERS: u64 = 2_000_000;
const CITIES: usize = 2_000;

/// How long a table is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Exactly so many data rows.
    Rows(u64),
    /// As many whole rows as fit into so many bytes, header included.
    Bytes(u64),
}

/// What has been written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Data rows.
    pub rows: u64,
    /// Bytes, header included.
    pub bytes: u64,
}

/// A recipe for the table. Rows never hold a newline inside quotes.
#[derive(Debug, Clone)]
pub struct MixedTable {
    seed: u64,
    shape: Shape,
    countries: Weighted,
    cities: Weighted,
    city_names: Vec<String>,
    devices: Weighted,
    statuses: Weighted,
}

/// What differs between a table and its drifted sister.
#[derive(Debug, Clone)]
struct Shape {
    amount_scale: f64,
    temperature_mean: f64,
    discount_null: f64,
    device_shares: [f64; 5],
}

const COUNTRIES: [&str; 24] = [
    "DE", "US", "FR", "GB", "IT", "ES", "NL", "PL", "SE", "AT", "CH", "BE", "DK", "NO", "FI", "PT", "IE",
    "CZ", "GR", "HU", "RO", "BG", "SK", "EE",
];
const DEVICES: [&str; 5] = ["mobile", "desktop", "tablet", "tv", "other"];
const STATUSES: [&str; 6] = ["done", "paid", "sent", "new", "void", "held"];
const BROWSERS: [&str; 5] = ["Chrome", "Safari", "Edge", "Opera", "Brave"];

impl MixedTable {
    /// The table of a seed.
    pub fn new(seed: u64) -> Self {
        Self::with_shape(
            seed,
            Shape {
                amount_scale: 1.0,
                temperature_mean: 15.0,
                discount_null: 0.10,
                device_shares: [0.55, 0.32, 0.09, 0.03, 0.01],
            },
        )
    }

    /// The same with a slight drift in four columns: `amount` 8 % larger, `temperature` a quarter of a
    /// standard deviation higher, 5 more of 100 `discount` cells empty, 6 more of 100 `device` on mobile.
    pub fn drifted(seed: u64) -> Self {
        Self::with_shape(
            seed,
            Shape {
                amount_scale: 1.08,
                temperature_mean: 17.0,
                discount_null: 0.15,
                device_shares: [0.61, 0.27, 0.08, 0.03, 0.01],
            },
        )
    }

    fn with_shape(seed: u64, shape: Shape) -> Self {
        let zipf = |count: usize| (1..=count).map(|rank| 1.0 / rank as f64).collect::<Vec<_>>();
        Self {
            seed,
            countries: Weighted::new(&zipf(COUNTRIES.len())),
            cities: Weighted::new(&zipf(CITIES)),
            city_names: (0..CITIES as u64).map(city_name).collect(),
            devices: Weighted::new(&shape.device_shares),
            statuses: Weighted::new(&[0.6, 0.15, 0.12, 0.08, 0.03, 0.02]),
            shape,
        }
    }

    /// Writes header and rows, made by `threads` threads; the bytes do not depend on their number.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, extent: Extent, threads: usize, out: &mut impl Write) -> io::Result<Written> {
        out.write_all(HEADER.as_bytes())?;
        let mut written = Written { rows: 0, bytes: HEADER.len() as u64 };
        let threads = threads.max(1) as u64;
        let mut buffers: Vec<Vec<u8>> = (0..threads).map(|_| Vec::new()).collect();
        let mut first_block = 0;
        loop {
            std::thread::scope(|scope| {
                for (block, buffer) in (first_block..).zip(&mut buffers) {
                    scope.spawn(move || {
                        buffer.clear();
                        self.block(block, buffer);
                    });
                }
            });
            for buffer in &buffers {
                let (rows, bytes) = fitting(buffer, extent, written);
                out.write_all(&buffer[..bytes])?;
                written.rows += rows;
                written.bytes += bytes as u64;
                if rows < BLOCK_ROWS {
                    return Ok(written);
                }
            }
            first_block += threads;
        }
    }

    /// Appends the rows of block `block`.
    pub fn block(&self, block: u64, out: &mut Vec<u8>) {
        let mut random = Random::for_stream(self.seed, block);
        for row in block * BLOCK_ROWS..(block + 1) * BLOCK_ROWS {
            self.identity(row, &mut random, out);
            self.measures(&mut random, out);
            self.counts(row, &mut random, out);
            out.push(b'\n');
        }
    }

    /// Identifier, clock and texts.
    fn identity(&self, row: u64, random: &mut Random, out: &mut Vec<u8>) {
        write_hex(out, random.bits() >> 24, 10);
        out.push(b',');
        let jitter = random.below(MICROS_PER_ROW);
        write_time(out, (FIRST_MOMENT_MICROS + row * MICROS_PER_ROW + jitter) / 1_000_000);
        out.push(b',');
        out.extend_from_slice(COUNTRIES[self.countries.draw(random)].as_bytes());
        out.push(b',');
        if !random.chance(0.01) {
            out.extend_from_slice(self.city_names[self.cities.draw(random)].as_bytes());
        }
        out.push(b',');
        out.extend_from_slice(DEVICES[self.devices.draw(random)].as_bytes());
        out.push(b',');
        agent(random, out);
        out.push(b',');
    }

    /// Numbers with a fractional part.
    fn measures(&self, random: &mut Random, out: &mut Vec<u8>) {
        write_fixed(out, self.shape.amount_scale * (3.2 + 0.9 * random.normal()).exp(), 2);
        out.push(b',');
        if !random.chance(self.shape.discount_null) {
            let discount = if random.chance(0.7) { 0.0 } else { random.gamma(1.5) * 4.0 };
            write_fixed(out, discount, 2);
        }
        out.push(b',');
        write_fixed(out, random.gamma(2.0) * 45.0, 1);
        out.push(b',');
        if !random.chance(0.03) {
            write_fixed(out, self.shape.temperature_mean + 8.0 * random.normal(), 1);
        }
        out.push(b',');
        write_fixed(out, random.unit(), 4);
        out.push(b',');
        write_fixed(out, random.normal(), 6);
        out.push(b',');
    }

    /// Whole numbers, truth values, the second date, the state.
    fn counts(&self, row: u64, random: &mut Random, out: &mut Vec<u8>) {
        write_integer(out, 1 + (random.exponential() * 1.3) as u64);
        out.push(b',');
        if !random.chance(0.02) {
            write_integer(out, (random.gamma(0.8) * 20.0) as u64);
        }
        out.push(b',');
        // Log-uniform ranks: the frequency of rank k falls as 1/k.
        write_integer(out, (PRODUCTS.ln() * random.unit()).exp() as u64);
        out.push(b',');
        write_integer(out, 100_000 + random.below(CUSTOMERS));
        out.push(b',');
        out.extend_from_slice(if random.chance(0.37) { b"true," } else { b"false," });
        if !random.chance(0.05) {
            out.extend_from_slice(if random.chance(0.2) { b"yes" } else { b"no" });
        }
        out.push(b',');
        if !random.chance(0.4) {
            let day = (FIRST_MOMENT_MICROS + row * MICROS_PER_ROW) / MICROS_PER_DAY;
            write_date(out, day + 1 + random.below(9));
        }
        out.push(b',');
        out.extend_from_slice(STATUSES[self.statuses.draw(random)].as_bytes());
    }
}

/// How many rows and bytes of a block still fit.
fn fitting(block: &[u8], extent: Extent, written: Written) -> (u64, usize) {
    let left = match extent {
        Extent::Rows(rows) if rows - written.rows >= BLOCK_ROWS => return (BLOCK_ROWS, block.len()),
        Extent::Rows(rows) => {
            let ends = newlines(block).nth((rows - written.rows).saturating_sub(1) as usize);
            let rows = rows - written.rows;
            return (rows, if rows == 0 { 0 } else { ends.map_or(block.len(), |end| end + 1) });
        }
        Extent::Bytes(bytes) => bytes.saturating_sub(written.bytes) as usize,
    };
    if block.len() <= left {
        return (BLOCK_ROWS, block.len());
    }
    newlines(&block[..left]).fold((0, 0), |(rows, _), end| (rows + 1, end + 1))
}

fn newlines(block: &[u8]) -> impl Iterator<Item = usize> + '_ {
    block.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at)
}

/// A pronounceable name, always the same for a rank.
fn city_name(rank: u64) -> String {
    const STARTS: [&str; 10] = ["Al", "Ber", "Cor", "Dun", "El", "Fal", "Gor", "Hal", "Ist", "Kal"];
    const MIDDLES: [&str; 10] = ["", "a", "en", "or", "i", "un", "el", "as", "o", "in"];
    const ENDS: [&str; 20] = [
        "ton", "berg", "ville", "stad", "by", "ford", "dorf", "heim", "mouth", "port", "field", "burg",
        "wick", "grad", "sund", "holm", "ham", "ley", "don", "lin",
    ];
    let pick = |words: &[&str], stride: u64| words[(rank / stride) as usize % words.len()].to_owned();
    pick(&STARTS, 1) + &pick(&MIDDLES, 10) + &pick(&ENDS, 100)
}

/// The name of a program, like those that browsers send: many different ones, some in quotes because of a
/// comma, a few with quotes inside.
fn agent(random: &mut Random, out: &mut Vec<u8>) {
    let browser = BROWSERS[random.below(BROWSERS.len() as u64) as usize];
    let version = [90 + random.below(40), random.below(12)];
    let decoration = random.below(100);
    let (open, close): (&[u8], &[u8]) = match decoration {
        0..8 => (b"\"", b", like Gecko\""),
        8..10 => (b"\"", b" \"\"Lite\"\"\""),
        _ => (b"", b""),
    };
    out.extend_from_slice(open);
    out.extend_from_slice(browser.as_bytes());
    out.push(b'/');
    write_integer(out, version[0]);
    out.push(b'.');
    write_integer(out, version[1]);
    out.extend_from_slice(close);
}

#[cfg(test)]
mod tests {
    use super::{COLUMNS, Extent, HEADER, MixedTable, Written};

    fn text(table: &MixedTable, extent: Extent, threads: usize) -> (String, Written) {
        let mut out = Vec::new();
        let written = table.write(extent, threads, &mut out).expect("a vector takes everything");
        assert_eq!(written.bytes, out.len() as u64);
        (String::from_utf8(out).expect("the table is ASCII"), written)
    }

    fn records(text: &str) -> Vec<Vec<String>> {
        let mut reader = simd_csv::ReaderBuilder::new().from_reader(text.as_bytes());
        let cells = |record: &simd_csv::ByteRecord| {
            record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect()
        };
        reader.byte_records().map(|record| cells(&record.expect("well formed"))).collect()
    }

    #[test]
    fn bytes_do_not_depend_on_threads() {
        let table = MixedTable::new(3);
        let one = text(&table, Extent::Rows(70_000), 1);
        assert_eq!(one.1.rows, 70_000);
        assert!(one == text(&table, Extent::Rows(70_000), 3));
        let bytes = text(&table, Extent::Bytes(5_000_000), 2);
        assert!(bytes == text(&table, Extent::Bytes(5_000_000), 5));
        assert!(one.0.starts_with(&bytes.0));
    }

    #[test]
    fn extents_hold_at_their_edges() {
        let table = MixedTable::new(3);
        for rows in [0, 1, 16_383, 16_384, 16_385, 32_768] {
            let (text, written) = text(&table, Extent::Rows(rows), 2);
            assert_eq!((written.rows, text.lines().count() as u64), (rows, rows + 1));
        }
        let (text, written) = text(&table, Extent::Bytes(100_000), 2);
        assert!(written.bytes <= 100_000 && written.bytes > 99_800, "{} bytes", written.bytes);
        assert_eq!(text.lines().count() as u64, written.rows + 1);
        assert!(text.ends_with('\n'));
    }

    #[test]
    fn rows_have_twenty_cells_of_the_promised_shapes() {
        let (text, written) = text(&MixedTable::new(3), Extent::Rows(20_000), 2);
        let per_row = written.bytes as f64 / written.rows as f64;
        assert!((110.0..=140.0).contains(&per_row), "{per_row} bytes a row");
        assert_eq!(HEADER.trim_end().split(',').count(), COLUMNS);

        let rows = records(&text);
        assert_eq!(rows.len(), 20_000);
        assert!(rows.iter().all(|row| row.len() == COLUMNS));
        let empty =
            |column: usize| rows.iter().filter(|row| row[column].is_empty()).count() as f64 / 20_000.0;
        for (column, share) in [(3, 0.01), (7, 0.10), (9, 0.03), (13, 0.02), (17, 0.05), (18, 0.40)] {
            assert!((empty(column) - share).abs() < 0.015, "column {column} has {} empty", empty(column));
        }
        let distinct = |column: usize| {
            rows.iter().map(|row| &row[column]).collect::<std::collections::BTreeSet<_>>().len()
        };
        assert_eq!(distinct(0), 20_000);
        assert_eq!(distinct(4), 5);
        assert!(distinct(3) > 1_000 && distinct(5) > 1_000 && distinct(14) > 3_000);
        assert!(rows.iter().any(|row| row[5].contains(", like Gecko")));
        assert!(rows.iter().any(|row| row[5].contains("\"Lite\"")));
        assert!(rows.is_sorted_by_key(|row| row[1].clone()), "the clock runs on");
    }

    #[test]
    fn drift_changes_four_columns_and_no_other() {
        let same_seed = |table: MixedTable| records(&text(&table, Extent::Rows(20_000), 2).0);
        let (reference, current) = (same_seed(MixedTable::new(9)), same_seed(MixedTable::drifted(9)));
        let mean = |rows: &[Vec<String>], column: usize| {
            let values: Vec<f64> = rows.iter().filter_map(|row| row[column].parse().ok()).collect();
            values.iter().sum::<f64>() / values.len() as f64
        };
        assert!((mean(&current, 6) / mean(&reference, 6) - 1.08).abs() < 0.03);
        assert!((mean(&current, 9) - mean(&reference, 9) - 2.0).abs() < 0.2);
        assert!((mean(&current, 8) / mean(&reference, 8) - 1.0).abs() < 0.03);
        let mobile = |rows: &[Vec<String>]| rows.iter().filter(|row| row[4] == "mobile").count();
        assert!(mobile(&current) - mobile(&reference) > 900);
    }
}
