//! Each fault does what the truth says, and nothing else.

use driftline_mock::{Cell, Data, FAULT_KINDS, Generator, Row, TruthEntry, TruthWindow};

use crate::support::{MINUTE_MS, START_MS, generator, mean, minutes, numbers, share, spread};

/// One fault in minutes 2 to 6, and the data without it.
struct Planted {
    data: Data,
    with: Generator,
    without: Generator,
    entry: TruthEntry,
}

fn plant(data: Data, fault: &str) -> Planted {
    let text = format!("[[fault]]\ndata = \"{}\"\nstart = \"2m\"\nlength = \"4m\"\n{fault}", data.name());
    let with = generator(&text);
    let window =
        TruthWindow { from_ms: 0, to_ms: START_MS + 60 * MINUTE_MS, data: Some(data), max_rows: 100_000 };
    let mut truth = with.truth(window);
    assert_eq!(truth.faults.len(), 1, "{fault}");
    Planted { data, with, without: generator(""), entry: truth.faults.remove(0) }
}

impl Planted {
    /// The rows with the fault and those that would have come, while it was there.
    fn both(&self) -> (Vec<Row>, Vec<Row>) {
        (minutes(&self.with, self.data, 2, 6), minutes(&self.without, self.data, 2, 6))
    }

    /// Nothing changed before and after it, and no other column while it was there.
    fn touches_only(&self, column: &str) -> &Self {
        for (from, to) in [(-3, 2), (6, 9)] {
            assert!(minutes(&self.with, self.data, from, to) == minutes(&self.without, self.data, from, to));
        }
        let (with, without) = self.both();
        assert_eq!(with.len(), without.len());
        for (a, b) in with.iter().zip(&without) {
            for name in a.header.names().iter().filter(|name| *name != column) {
                assert_eq!(a.get(name), b.get(name), "{name}");
            }
        }
        let (first, end) = (self.entry.first_row.unwrap(), self.entry.end_row.unwrap());
        assert_eq!((first, end), (with[0].number, with.last().unwrap().number + 1));
        assert_eq!(self.entry.start_ms, START_MS + 2 * MINUTE_MS);
        assert_eq!(self.entry.end_ms, Some(START_MS + 6 * MINUTE_MS));
        self
    }

    fn differing(&self) -> Vec<u64> {
        let (with, without) = self.both();
        let differs = |(a, b): &(&Row, &Row)| a.cells != b.cells;
        with.iter().zip(&without).filter(differs).map(|(row, _)| row.number).collect()
    }
}

#[track_caller]
fn is_near(found: f64, expected: f64, within: f64) {
    assert!((found - expected).abs() <= within, "{found}, not {expected}");
}

#[test]
fn numbers_move_by_so_many_spreads() {
    let planted = plant(Data::Sensors, "kind = \"mean_shift\"\ncolumn = \"temperature\"\nstrength = 2.0");
    let (with, without) = planted.touches_only("temperature").both();
    let moved = mean(&numbers(&with, "temperature")) - mean(&numbers(&without, "temperature"));
    is_near(moved, 2.0 * 3.6, 0.01);
    assert_eq!((planted.entry.kind, planted.entry.column), ("mean_shift", Some("temperature")));
    assert_eq!(planted.entry.strength, Some(2.0));
}

#[test]
fn a_ramp_grows() {
    let fault = "kind = \"mean_shift\"\ncolumn = \"temperature\"\nstrength = 2.0\nramp = \"2m\"";
    let planted = plant(Data::Sensors, fault);
    let moved = |second: i64| {
        let at_ms = START_MS + 2 * MINUTE_MS + second * 1_000;
        let of = |generator: &Generator| {
            let rows: Vec<Row> = generator.rows(Data::Sensors, at_ms, at_ms + 1_000).collect();
            mean(&numbers(&rows, "temperature"))
        };
        of(&planted.with) - of(&planted.without)
    };
    is_near(moved(0), 0.0, 0.1);
    is_near(moved(60), 3.6, 0.1);
    is_near(moved(119), 7.2, 0.1);
    is_near(moved(200), 7.2, 0.1);
}

#[test]
fn numbers_scatter_more() {
    let planted = plant(Data::Sensors, "kind = \"scale_change\"\ncolumn = \"humidity\"\nstrength = 1.5");
    let (with, without) = planted.touches_only("humidity").both();
    let ratio = spread(&numbers(&with, "humidity")) / spread(&numbers(&without, "humidity"));
    is_near(ratio, 1.5, 0.02);
}

#[test]
fn words_become_frequent_or_are_new() {
    let fault = "kind = \"mix_change\"\ncolumn = \"payment\"\nvalue = \"invoice\"\nstrength = 0.5";
    let planted = plant(Data::Orders, fault);
    let (with, without) = planted.touches_only("payment").both();
    let invoices = |rows: &[Row]| share(rows, |row| row.get("payment").unwrap().text() == "invoice");
    is_near(invoices(&with), 0.5 + 0.5 * invoices(&without), 0.02);

    let planted =
        plant(Data::Web, "kind = \"mix_change\"\ncolumn = \"status\"\nvalue = \"503\"\nstrength = 0.2");
    let (with, _) = planted.touches_only("status").both();
    is_near(share(&with, |row| row.get("status") == Some(&Cell::Whole(503))), 0.2, 0.02);

    let planted = plant(Data::Orders, "kind = \"mix_change\"\ncolumn = \"channel\"\nstrength = 1.0");
    let (with, without) = planted.touches_only("channel").both();
    let word = with[0].get("channel").unwrap().text();
    assert!(with.iter().all(|row| row.get("channel").unwrap().text() == word));
    assert!(share(&without, |row| row.get("channel").unwrap().text() == word) > 0.0, "{word} is known");

    let planted =
        plant(Data::Orders, "kind = \"new_category\"\ncolumn = \"country\"\nvalue = \"PT\"\nstrength = 0.1");
    let (with, without) = planted.touches_only("country").both();
    let new = |rows: &[Row]| share(rows, |row| row.get("country").unwrap().text() == "PT");
    is_near(new(&with), 0.1, 0.01);
    is_near(new(&without), 0.0, 0.0);
}

#[test]
fn values_are_missing_also_in_a_part_of_the_rows_only() {
    let planted = plant(Data::Orders, "kind = \"null_rate\"\ncolumn = \"amount\"\nstrength = 0.3");
    let (with, _) = planted.touches_only("amount").both();
    is_near(share(&with, |row| row.get("amount").unwrap().is_null()), 0.3, 0.02);

    let fault = "kind = \"null_rate\"\ncolumn = \"amount\"\nstrength = 1.0\nonly = \"country=CH\"";
    let planted = plant(Data::Orders, fault);
    let (with, _) = planted.touches_only("amount").both();
    let is_swiss = |row: &Row| row.get("country").unwrap().text() == "CH";
    assert!(with.iter().all(|row| row.get("amount").unwrap().is_null() == is_swiss(row)));
    assert_eq!(planted.entry.only.as_deref(), Some("country=CH"));
}

#[test]
fn units_change() {
    let planted =
        plant(Data::Sensors, "kind = \"unit_change\"\ncolumn = \"temperature\"\nvalue = \"fahrenheit\"");
    let (with, without) = planted.touches_only("temperature").both();
    for (f, c) in numbers(&with, "temperature").iter().zip(numbers(&without, "temperature")) {
        is_near(*f, c * 1.8 + 32.0, 0.006);
    }
    let planted = plant(Data::Orders, "kind = \"unit_change\"\ncolumn = \"amount\"");
    let (with, without) = planted.touches_only("amount").both();
    is_near(mean(&numbers(&with, "amount")) / mean(&numbers(&without, "amount")), 100.0, 1e-6);
}

#[test]
fn outliers_are_the_rows_that_the_truth_lists() {
    let fault = "kind = \"outliers\"\ncolumn = \"shipping_days\"\nstrength = 20.0\nshare = 0.01";
    let planted = plant(Data::Orders, fault);
    planted.touches_only("shipping_days");
    let rows = planted.entry.rows.clone().unwrap();
    assert_eq!(planted.differing(), rows);
    // One order in nine is carried home and takes no days.
    is_near(rows.len() as f64, 12_000.0 * 1.1 * 0.01 * 0.88, 40.0);
    let (with, _) = planted.both();
    for row in with.iter().filter(|row| rows.contains(&row.number)) {
        let days = row.get("shipping_days").unwrap().number().unwrap();
        assert!((days - 3.2).abs() > 1.7 * 20.0 * 0.7, "{days}");
    }
}

#[test]
fn a_column_stands_still() {
    let planted =
        plant(Data::Sensors, "kind = \"stuck_value\"\ncolumn = \"pressure\"\nonly = \"device=dev-07\"");
    let (with, without) = planted.touches_only("pressure").both();
    let of_7: Vec<Row> =
        with.into_iter().filter(|row| row.get("device").unwrap().text() == "dev-07").collect();
    assert!(of_7.len() > 300);
    let stuck = without[0].get("pressure").unwrap();
    assert!(of_7.iter().all(|row| row.get("pressure").unwrap() == stuck));
}

#[test]
fn rows_come_twice() {
    let planted = plant(Data::Orders, "kind = \"duplicate_rows\"\nstrength = 0.2");
    let (with, without) = planted.both();
    let copies: Vec<u64> =
        with.windows(2).filter(|pair| pair[0].cells == pair[1].cells).map(|pair| pair[1].number).collect();
    assert_eq!(Some(&copies), planted.entry.rows.as_ref());
    is_near(copies.len() as f64 / with.len() as f64, 0.2, 0.01);
    assert!(with.iter().zip(&without).all(|(a, b)| a.cells == b.cells || copies.contains(&a.number)));
}

#[test]
fn numbers_come_as_text_with_their_unit() {
    let planted = plant(Data::Web, "kind = \"type_flip\"\ncolumn = \"latency_ms\"\nstrength = 0.5");
    let (with, without) = planted.touches_only("latency_ms").both();
    is_near(share(&with, |row| matches!(row.get("latency_ms"), Some(Cell::Text(_)))), 0.5, 0.02);
    for (a, b) in with.iter().zip(&without) {
        let (a, b) = (a.get("latency_ms").unwrap(), b.get("latency_ms").unwrap());
        assert!(a == b || a.text() == format!("{} ms", b.text()), "{a:?} {b:?}");
    }
}

#[test]
fn columns_come_go_and_change_their_names() {
    let names = |rows: &[Row]| rows[0].header.names().to_vec();
    let usual: Vec<String> = Data::Orders.columns().iter().map(|column| column.name.to_owned()).collect();
    let planted = plant(Data::Orders, "kind = \"column_renamed\"\ncolumn = \"device\"\nvalue = \"client\"");
    let (with, without) = planted.both();
    let expected: Vec<String> =
        usual.iter().map(|name| if name == "device" { "client".to_owned() } else { name.clone() }).collect();
    assert_eq!(names(&with), expected);
    assert!(with.iter().zip(&without).all(|(a, b)| a.cells == b.cells));
    assert_eq!(names(&minutes(&planted.with, Data::Orders, 6, 7)), usual);

    let planted = plant(Data::Orders, "kind = \"column_dropped\"\ncolumn = \"coupon\"");
    let (with, _) = planted.touches_only("coupon").both();
    assert!(with.iter().all(|row| row.get("coupon").is_none() && row.cells.len() == usual.len() - 1));

    let planted = plant(Data::Orders, "kind = \"column_added\"\nvalue = \"experiment\"");
    let (with, _) = planted.both();
    assert_eq!(names(&with).last().unwrap(), "experiment");
    is_near(share(&with, |row| row.get("experiment") == Some(&Cell::Word("a"))), 0.6, 0.02);
    // A table over the whole time has all columns, one over the fault has those of the fault.
    let columns = |from: i64, to: i64| {
        let header = planted.with.columns_between(
            Data::Orders,
            START_MS + from * MINUTE_MS,
            START_MS + to * MINUTE_MS,
        );
        header.names().len()
    };
    assert_eq!(
        (columns(0, 1), columns(0, 5), columns(3, 4)),
        (usual.len(), usual.len() + 1, usual.len() + 1)
    );
}

#[test]
fn fewer_rows_more_rows_and_none() {
    for (fault, factor) in [
        ("kind = \"volume_drop\"\nstrength = 0.8", 0.2),
        ("kind = \"volume_spike\"\nstrength = 5.0", 5.0),
        ("kind = \"volume_spike\"\nstrength = 5.0\nramp = \"4m\"", 3.0),
        ("kind = \"outage\"", 0.0),
    ] {
        let planted = plant(Data::Orders, fault);
        let (with, without) = planted.both();
        is_near(with.len() as f64 / without.len() as f64, factor, 0.06 * factor);
        let rows = planted.entry.end_row.unwrap() - planted.entry.first_row.unwrap();
        assert_eq!(rows, with.len() as u64);
        let before = |generator: &Generator| minutes(generator, Data::Orders, -3, 2);
        assert!(before(&planted.with) == before(&planted.without));
        assert!(minutes(&planted.with, Data::Orders, 6, 7).len() > 2_000);
    }
}

#[test]
fn lines_are_cut_off() {
    let planted = plant(Data::Web, "kind = \"garbage\"\nstrength = 0.05");
    let (with, _) = planted.both();
    let cut: Vec<u64> = with.iter().filter(|row| row.cut.is_some()).map(|row| row.number).collect();
    assert_eq!(Some(&cut), planted.entry.rows.as_ref());
    is_near(cut.len() as f64 / with.len() as f64, 0.05, 0.01);
    for row in &with {
        let (mut whole, mut line) = (Vec::new(), Vec::new());
        Row { cut: None, ..row.clone() }.write_csv(&row.header, &mut whole);
        row.write_csv(&row.header, &mut line);
        assert_eq!(line.len() < whole.len(), row.cut.is_some());
        assert!(whole.starts_with(&line[..line.len() - 1]) && line.len() > 2);
    }
}

#[test]
fn times_are_late_or_wrong() {
    let behind = |row: &Row| match row.get("ordered_at") {
        Some(Cell::Moment(ms)) => (row.at_ms - ms) as f64 / 1_000.0,
        other => panic!("{other:?}"),
    };
    let planted = plant(Data::Orders, "kind = \"late_rows\"\nstrength = 900.0\nshare = 0.1");
    let (with, _) = planted.touches_only("ordered_at").both();
    let late: Vec<&Row> = with.iter().filter(|row| behind(row) != 0.0).collect();
    assert_eq!(planted.entry.rows, Some(late.iter().map(|row| row.number).collect()));
    is_near(late.len() as f64 / with.len() as f64, 0.1, 0.01);
    assert!(late.iter().all(|row| (450.0..=900.0).contains(&behind(row))));

    let planted = plant(Data::Orders, "kind = \"clock_jump\"\nstrength = -7200.0");
    let (with, _) = planted.touches_only("ordered_at").both();
    assert!(with.iter().all(|row| behind(row) == 7_200.0));
}

#[test]
fn the_truth_of_a_schedule_that_repeats() {
    let text = "repeat = \"5m\"\n[[fault]]\nkind = \"outliers\"\ndata = \"web\"\ncolumn = \"bytes\"\n\
                start = \"1m\"\nlength = \"1m\"\nshare = 0.02";
    let generator = generator(text);
    let truth = |from: i64, to: i64, max_rows: usize| {
        let (from_ms, to_ms) = (START_MS + from * MINUTE_MS, START_MS + to * MINUTE_MS);
        generator.truth(TruthWindow { from_ms, to_ms, data: None, max_rows })
    };
    let all = truth(-60, 30, 10_000);
    let rounds: Vec<i64> = all.faults.iter().map(|entry| entry.round).collect();
    assert_eq!((rounds, all.more), (vec![0, 1, 2, 3, 4, 5], false));
    let rows = |entry: &TruthEntry| entry.rows.clone().unwrap();
    let offsets = |entry: &TruthEntry| -> Vec<u64> {
        rows(entry).iter().map(|row| row - entry.first_row.unwrap()).collect()
    };
    assert_ne!(offsets(&all.faults[0]), offsets(&all.faults[1]), "each round draws anew");
    let few = truth(-60, 30, 5);
    assert!(few.faults.iter().all(|entry| entry.more_rows && rows(entry).len() == 5));
    assert!(truth(2, 6, 5).faults.is_empty());
    // A stretch of time lists the rows in it.
    let half = generator.truth(TruthWindow {
        from_ms: START_MS + MINUTE_MS,
        to_ms: START_MS + MINUTE_MS + 30_000,
        data: Some(Data::Web),
        max_rows: 10_000,
    });
    let first_half: Vec<u64> =
        rows(&all.faults[0]).into_iter().filter(|row| *row < half.faults[0].end_row.unwrap()).collect();
    assert_eq!(rows(&half.faults[0]), first_half);
    assert!(!first_half.is_empty() && first_half.len() < rows(&all.faults[0]).len());
}

#[test]
fn every_kind_is_tested_here_or_with_requests() {
    let texts = [include_str!("faults.rs"), include_str!("trouble.rs")].concat();
    let missing: Vec<&str> = FAULT_KINDS
        .iter()
        .map(|info| info.id)
        .filter(|id| !texts.contains(&format!("kind = \\\"{id}\\\"")))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
