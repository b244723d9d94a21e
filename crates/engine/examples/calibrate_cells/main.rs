//! How well wrong cells and personal data are found: errors planted in 1 % of the rows, one kind at a time, and what is
//! said of tables without errors. Takes the folder of real tables (`flights/flights-2013-01.csv`,
//! `car_loan/reference.csv.gz`); without it, only made-up ones are judged.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a program for developers, which ends when it cannot do its work"
)]

mod made_up;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use driftline_detect::cells::CellOptions;
use driftline_detect::personal::{of_values, recognise};
use driftline_engine::{CancelToken, CellsRequest, Input, ProfileRequest, Silent, cells, profile};
use driftline_model::{CellReport, PrivacySettings, RunSettings, Settings};
use driftline_testkit::Random;

/// Share of the rows that get an error.
const PLANTED: f64 = 0.01;

/// A table as text.
#[derive(Clone)]
struct Plain {
    name: String,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// What is done to a cell, and where.
struct Plant {
    method: &'static str,
    column: &'static str,
    edit: fn(&Plain, &[String], &mut Random) -> Option<String>,
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let real = std::env::args().nth(1).map(PathBuf::from);
    let (header, rows) = made_up::customers(20_000, 1);
    let customers = Plain { name: "customers (made up)".to_owned(), header, rows };
    println!("### Planted errors, 1 % of the rows, one kind at a time\n");
    println!("| table | method | planted | recall | precision | right value suggested |");
    println!("|---|---|--:|--:|--:|--:|");
    for plant in CUSTOMERS {
        planted(&customers, plant, folder.path());
    }
    let flights =
        real.as_ref().map(|real| real.join("flights/flights-2013-01.csv")).filter(|path| path.is_file());
    match flights.as_deref().map(read) {
        Some(flights) => FLIGHTS.iter().for_each(|plant| planted(&flights, plant, folder.path())),
        None => println!("\nWithout the folder of real tables, those are left out."),
    }
    println!(
        "\n### Tables without planted errors\n\n| table | rows | columns | cells suspected | personal columns |"
    );
    println!("|---|--:|--:|--:|---|");
    quiet(&write(&customers, folder.path()), &customers.name);
    let tables = [
        "flights/flights-2013-01.csv",
        "flights/flights-2013-07.csv",
        "car_loan/reference.csv.gz",
        "car_loan/current.csv.gz",
    ];
    for table in tables {
        let path = real.as_ref().map(|real| real.join(table)).filter(|path| path.is_file());
        if let Some(path) = path {
            quiet(&path, table);
        }
    }
    personal();
}

fn read(path: &Path) -> Plain {
    let text = std::fs::read_to_string(path).expect("a readable table");
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<String>>());
    Plain { name: "flights of January".to_owned(), header: lines.next().unwrap(), rows: lines.collect() }
}

fn write(table: &Plain, folder: &Path) -> PathBuf {
    let path = folder.join("table.csv");
    let lines: String =
        std::iter::once(&table.header).chain(&table.rows).map(|row| format!("{}\n", quoted(row))).collect();
    std::fs::write(&path, lines).unwrap();
    path
}

fn quoted(row: &[String]) -> String {
    let cell = |cell: &String| {
        if cell.contains([',', '"']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.clone() }
    };
    row.iter().map(cell).collect::<Vec<_>>().join(",")
}

fn judged(path: &Path) -> CellReport {
    let request = CellsRequest {
        input: Input::Table(path.to_string_lossy().into_owned()),
        settings: Settings { privacy: PrivacySettings { show_personal: true }, ..Settings::default() },
        options: CellOptions { per_column: 1_000_000, ..CellOptions::default() },
        run: RunSettings::default(),
    };
    cells(&request, &Silent, &CancelToken::new()).expect("a readable table")
}

/// Plants one kind of error, and tells how many were found.
#[expect(clippy::cast_precision_loss, reason = "shares of some hundreds")]
fn planted(clean: &Plain, plant: &Plant, folder: &Path) {
    let mut random = Random::new(7);
    let column = clean.header.iter().position(|name| name == plant.column).expect("a column to plant in");
    let mut dirty = clean.clone();
    let mut truth: BTreeMap<u64, String> = BTreeMap::new();
    for (number, row) in clean.rows.iter().enumerate() {
        if row[column].is_empty() || row[column] == "NA" || !random.chance(PLANTED) {
            continue;
        }
        let Some(wrong) = (plant.edit)(clean, row, &mut random).filter(|wrong| *wrong != row[column]) else {
            continue;
        };
        truth.insert(number as u64 + 1, row[column].clone());
        dirty.rows[number][column] = wrong;
    }
    let report = judged(&write(&dirty, folder));
    let (mut hits, mut wrong, mut right) = (0.0, 0.0, 0.0);
    for suspect in &report.suspects {
        // Of suspects with many rows the first places stand for all.
        let weight = suspect.rows as f64 / suspect.places.len().max(1) as f64;
        for place in &suspect.places {
            match truth.get(&place.row).filter(|_| suspect.column == plant.column) {
                Some(known) => {
                    hits += weight;
                    right += if suspect.suggestion.as_ref() == Some(known) { weight } else { 0.0 };
                }
                None => wrong += weight,
            }
        }
    }
    let share = |part: f64, all: f64| format!("{:.1} %", 100.0 * part / f64::max(all, 1.0));
    println!(
        "| {} | {} in `{}` | {} | {} | {} | {} |",
        clean.name,
        plant.method,
        plant.column,
        truth.len(),
        share(hits, truth.len() as f64),
        share(hits, hits + wrong),
        share(right, hits)
    );
}

/// What is said of a table that nothing was planted in.
fn quiet(path: &Path, name: &str) {
    let report = judged(path);
    let input = Input::Table(path.to_string_lossy().into_owned());
    let request = ProfileRequest { input, settings: Settings::default(), run: RunSettings::default() };
    let summary = profile(&request, &Silent, &CancelToken::new())
        .expect("a readable table")
        .summary(&PrivacySettings::default());
    let found: Vec<String> = summary
        .columns
        .iter()
        .filter_map(|column| Some(format!("{} ({})", column.name, column.personal.as_ref()?.kind)))
        .collect();
    println!(
        "| {name} | {} | {} | {} | {} |",
        report.table.rows,
        report.table.columns,
        report.cells_suspected,
        if found.is_empty() { "none".to_owned() } else { found.join(", ") }
    );
}

/// How well personal values, and columns that hold them, are told from others.
fn personal() {
    println!(
        "\n### Personal data, 2,000 values of each kind\n\n| values | recognised | column of them (5 % of other values) |"
    );
    println!("|---|--:|---|");
    let mut random = Random::new(3);
    let mut line = |name: &str, make: &dyn Fn(&mut Random) -> String| {
        let texts: Vec<String> = (0..2_000).map(|_| make(&mut random)).collect();
        let known = texts.iter().filter(|text| recognise(text).is_some()).count();
        let noisy: Vec<(Cow<'_, str>, u64)> = texts
            .iter()
            .enumerate()
            .map(|(i, text)| {
                (if i % 20 == 0 { Cow::Borrowed("unknown") } else { Cow::Borrowed(text.as_str()) }, 1)
            })
            .collect();
        let column =
            of_values("x", &noisy, false).map_or("nothing".to_owned(), |personal| personal.kind.to_string());
        println!("| {name} | {known} | {column} |");
    };
    for kind in ["email", "phone", "card", "iban", "ip"] {
        line(kind, &|random| made_up::personal(kind, random));
    }
    for sort in
        ["date", "moment", "amount", "number of 16 digits", "number of 10 digits", "version", "code", "word"]
    {
        line(&format!("nobody's: {sort}"), &|random| made_up::nobodys(sort, random));
    }
}

fn slip(text: &str, random: &mut Random) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let at = 1 + random.below(letters.len() as u64 - 1) as usize;
    match random.below(4) {
        0 => {
            letters.remove(at);
        }
        1 => letters.insert(at, 'x'),
        2 => letters.swap(at - 1, at),
        _ => letters[at] = 'q',
    }
    letters.into_iter().collect()
}

fn any<'a>(table: &'a Plain, column: &str, random: &mut Random) -> &'a String {
    let column = table.header.iter().position(|name| name == column).unwrap();
    &table.rows[random.below(table.rows.len() as u64) as usize][column]
}

static CUSTOMERS: &[Plant] = &[
    Plant { method: "typo", column: "city", edit: |_, row, random| Some(slip(&row[2], random)) },
    Plant { method: "typo", column: "trade", edit: |_, row, random| Some(slip(&row[5], random)) },
    Plant {
        method: "format",
        column: "since",
        edit: |_, row, random| {
            let parts: Vec<&str> = row[6].split('-').collect();
            Some(match random.below(3) {
                0 => format!("{}.{}.{}", parts[2], parts[1], parts[0]),
                1 => format!("{}/{}/{}", parts[1], parts[2], parts[0]),
                _ => parts.join("/"),
            })
        },
    },
    Plant {
        method: "format",
        column: "code",
        edit: |_, row, random| {
            Some(if random.chance(0.5) {
                row[7].replace('-', "")
            } else {
                row[7].replace('-', " ").to_lowercase()
            })
        },
    },
    Plant {
        method: "format",
        column: "amount",
        edit: |_, row, random| {
            Some(if random.chance(0.5) { format!("{} EUR", row[9]) } else { row[9].replace('.', ",") })
        },
    },
    Plant {
        method: "misplaced",
        column: "city",
        edit: |table, _, random| Some(any(table, "country", random).clone()),
    },
    Plant {
        method: "dependency",
        column: "country",
        edit: |table, _, random| Some(any(table, "country", random).clone()),
    },
    Plant {
        method: "dependency",
        column: "city",
        edit: |table, _, random| Some(any(table, "city", random).clone()),
    },
    Plant {
        method: "spelled_differently",
        column: "country",
        edit: |_, row, random| {
            Some(if random.chance(0.5) { row[3].to_uppercase() } else { format!("{} ", row[3]) })
        },
    },
    Plant {
        method: "magnitude",
        column: "height_cm",
        edit: |_, row, random| {
            let height: f64 = row[8].parse().ok()?;
            Some(if random.chance(0.5) {
                format!("{}", height / 100.0)
            } else {
                format!("{}", height * 10.0)
            })
        },
    },
];

static FLIGHTS: &[Plant] = &[
    Plant {
        method: "misplaced",
        column: "origin",
        edit: |table, _, random| Some(any(table, "carrier", random).clone()),
    },
    Plant {
        method: "dependency",
        column: "hour",
        edit: |table, _, random| Some(any(table, "hour", random).clone()),
    },
    Plant {
        method: "dependency",
        column: "day",
        edit: |table, _, random| Some(any(table, "day", random).clone()),
    },
    Plant {
        method: "spelled_differently",
        column: "dest",
        edit: |table, row, _| {
            let column = table.header.iter().position(|name| name == "dest")?;
            Some(row[column].to_lowercase())
        },
    },
    Plant {
        method: "format",
        column: "time_hour",
        edit: |table, row, _| {
            let column = table.header.iter().position(|name| name == "time_hour")?;
            Some(row[column].replace('-', "/"))
        },
    },
    Plant {
        method: "format",
        column: "distance",
        edit: |table, row, _| {
            let column = table.header.iter().position(|name| name == "distance")?;
            Some(format!("{} mi", row[column]))
        },
    },
];
