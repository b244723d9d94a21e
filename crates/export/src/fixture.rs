//! A report made by hand, with one column for every sort of outcome.

use driftline_model::{
    Anomalies, BinReport, CellBlame, ColumnReport, ColumnRole, ColumnStatistics, ColumnVerdict,
    ContractOutcome, Effect, Evidence, Finding, FindingState, Insight, InsightKind, Kind, NullChange, Onset,
    Quarantine, ReadNote, ReadPlace, Reading, RejectedRow, Report, RowAnomaly, RuleExample, RuleOutcome,
    RuleStatus, SCHEMA_VERSION, Score, Settings, Severity, SideReport, Timings, Verdict,
};

/// A stable column of numbers.
pub(crate) fn column(name: &str) -> ColumnReport {
    ColumnReport {
        name: name.to_owned(),
        kind: Kind::Integer,
        reference_kind: Some(Kind::Integer),
        role: ColumnRole::Feature,
        verdict: ColumnVerdict::Stable,
        severity: Severity::None,
        reason: None,
        score: Some(score(0.002)),
        evidence: None,
        effect: None,
        nulls: NullChange::default(),
        n: [27_004, 29_425],
        natural_movement: None,
        onset: None,
        bins: Vec::new(),
        methods: Default::default(),
        conform: Default::default(),
        statistics: [Some(statistics(10.0, 4.0)), Some(statistics(10.0, 4.0))],
        findings: Vec::new(),
        personal: None,
    }
}

fn score(value: f64) -> Score {
    Score { metric: "kl".to_owned(), value, threshold: 0.01, threshold_origin: "default".to_owned() }
}

fn statistics(median: f64, range: f64) -> ColumnStatistics {
    let at = |steps: f64| median + steps * range / 2.0;
    ColumnStatistics {
        count: 27_004,
        distinct: 500,
        distinct_exact: true,
        mean: Some(median),
        std: Some(range),
        min: Some(at(-4.0)),
        max: Some(at(9.0)),
        quantiles: [-3.5, -3.0, -1.0, 0.0, 1.0, 3.0, 6.0].map(at).to_vec(),
        ..ColumnStatistics::default()
    }
}

fn bins(labels: &[&str], shares: &[(f64, f64)]) -> Vec<BinReport> {
    labels
        .iter()
        .zip(shares)
        .map(|(label, &(reference_ratio, current_ratio))| BinReport {
            label: (*label).to_owned(),
            lower: None,
            upper: None,
            reference_ratio,
            current_ratio,
            contribution: 0.01,
        })
        .collect()
}

fn drifted(name: &str, severity: Severity, kind: Kind, mass_moved: f64) -> ColumnReport {
    ColumnReport {
        kind,
        reference_kind: Some(kind),
        verdict: ColumnVerdict::Drifted,
        severity,
        score: Some(score(mass_moved * 1.7)),
        evidence: Some(Evidence { test: "ks".to_owned(), statistic: 0.2, p_value: 1e-30, q_value: 4e-29 }),
        effect: Some(Effect { mass_moved, shift_sd: Some(0.4), threshold: 0.03, smallest_detectable: 0.01 }),
        findings: vec!["drift.value".to_owned()],
        personal: None,
        ..column(name)
    }
}

fn drifted_columns() -> Vec<ColumnReport> {
    let mut delay = drifted("dep_delay", Severity::Critical, Kind::Integer, 0.41);
    delay.statistics = [Some(statistics(-2.0, 14.0)), Some(statistics(1.0, 24.0))];
    let edges = [-10.0, -5.0, 0.0, 5.0, 15.0, 40.0, 90.0];
    let shares =
        [0.1, 0.22, 0.28, 0.2, 0.1, 0.05, 0.05].into_iter().zip([0.02, 0.1, 0.2, 0.25, 0.2, 0.13, 0.1]);
    delay.bins = shares
        .enumerate()
        .map(|(index, (reference_ratio, current_ratio))| BinReport {
            label: String::new(),
            lower: Some(edges[index]),
            upper: edges.get(index + 1).copied(),
            reference_ratio,
            current_ratio,
            contribution: 0.02,
        })
        .collect();
    delay.onset =
        Some(Onset { position_ratio: 0.5, row: 14_712, mass_moved_before: 0.02, mass_moved_after: 0.8 });
    let mut carrier = drifted("carrier", Severity::High, Kind::Categorical, 0.12);
    carrier.bins = bins(&["UA", "B6", "EV", "F9"], &[(0.5, 0.4), (0.3, 0.3), (0.2, 0.18), (0.0, 0.12)]);
    let mut nulls = drifted("arr_time", Severity::Medium, Kind::Integer, 0.0);
    nulls.verdict = ColumnVerdict::Stable;
    nulls.nulls =
        NullChange { reference_ratio: 0.05, current_ratio: 0.12, q_value: Some(1e-9), changed: true };
    let mut kind = drifted("a_rather_long_name_of_a_column", Severity::Low, Kind::Text, 0.034);
    kind.reference_kind = Some(Kind::Integer);
    kind.bins = bins(&["17", "\u{1b}[31mpwned"], &[(0.1, 0.07), (0.0, 0.034)]);
    vec![delay, carrier, nulls, kind]
}

fn quiet_columns() -> Vec<ColumnReport> {
    let mut failed = column("weather");
    failed.verdict = ColumnVerdict::Failed;
    failed.reason = Some("kl: no finite value on one side".to_owned());
    let mut flight = column("flight");
    flight.verdict = ColumnVerdict::Skipped;
    flight.role = ColumnRole::Identifier;
    flight.reason = Some("identifier: its values are new by nature".to_owned());
    let mut columns = vec![failed];
    columns.extend(["distance", "hour", "minute", "origin"].map(column));
    columns.push(flight);
    columns
}

fn anomalies() -> Anomalies {
    let row = |row: u64, score: f64, value: &str, reason: &str| RowAnomaly {
        source: "july.csv".to_owned(),
        row,
        byte_offset: row * 90,
        score,
        cells: vec![CellBlame {
            column: "dep_delay".to_owned(),
            value: value.to_owned(),
            score,
            method: "zscore".to_owned(),
            reason: reason.to_owned(),
        }],
    };
    Anomalies {
        rows_scored: 29_425,
        rows_flagged: 212,
        threshold: 0.9,
        methods: vec!["zscore".to_owned(), "isolation_forest".to_owned()],
        judged_against: "reference".to_owned(),
        top: vec![
            row(12_345, 0.998, "1005", "28.1 standard deviations above the mean (12.6)"),
            row(88, 0.97, "-43", "nearest neighbours are far away: unusual together with hour and origin"),
        ],
    }
}

fn side(name: &str, rows: u64) -> SideReport {
    SideReport {
        name: name.to_owned(),
        rows,
        columns: 10,
        bytes: rows * 90,
        sample_rows: rows,
        exact: true,
        duplicate_ratio: 0.0,
        quarantine: Quarantine::default(),
        reading: Reading::default(),
        notes: Vec::new(),
        broken_off: Vec::new(),
    }
}

fn findings() -> Vec<Finding> {
    let finding = |code: &str, severity, column: Option<&str>, message: &str| Finding {
        code: code.to_owned(),
        severity,
        column: column.map(str::to_owned),
        message: message.to_owned(),
        state: FindingState::Open,
    };
    vec![
        finding("drift.value", Severity::Critical, Some("dep_delay"), "`dep_delay` drifted"),
        finding("table.rows", Severity::Low, None, "9 % more rows than in the reference"),
    ]
}

/// The report of a check with a contract.
pub(crate) fn with_contract() -> Report {
    let rule = |rule: &str, column: Option<&str>, status, promise: &str, message: &str| RuleOutcome {
        rule: rule.to_owned(),
        column: column.map(str::to_owned),
        promise: promise.to_owned(),
        status,
        severity: Severity::Medium,
        message: message.to_owned(),
        description: None,
        rows_judged: Some(29_425),
        rows_broken: Some(if status == RuleStatus::Broken { 12 } else { 0 }),
        tolerance: 0.0,
        estimated: false,
        examples: vec![RuleExample {
            source: "july.csv".to_owned(),
            row: 118,
            byte_offset: Some(10_620),
            value: "-3.5".to_owned(),
        }],
    };
    let below = "`distance` is below 0 in 12 of 29,425 rows (first: row 118, -3.5)";
    let rules = vec![
        rule("not_null", Some("carrier"), RuleStatus::Kept, "`carrier` always has a value", ""),
        rule("between", Some("distance"), RuleStatus::Broken, "`distance` is at least 0", below),
        rule("at_most_column", None, RuleStatus::Unjudged, "`a` is at most `b`", "there is no column `b`"),
    ];
    let violation = |rule: &RuleOutcome, message: &str| Finding {
        code: format!("contract.{}", rule.rule),
        severity: rule.severity,
        column: rule.column.clone(),
        message: message.to_owned(),
        state: FindingState::Open,
    };
    let unjudged = "It could not be judged whether `a` is at most `b`: there is no column `b`.";
    let violations = vec![violation(&rules[1], &format!("{below}.")), violation(&rules[2], unjudged)];
    let name = "flights.toml".to_owned();
    let contract = ContractOutcome { name, kept: 1, broken: 1, unjudged: 1, rules };
    Report { violations, contract: Some(contract), ..report() }
}

/// The report.
pub(crate) fn report() -> Report {
    let mut columns = drifted_columns();
    columns.extend(quiet_columns());
    let mut current = side("july.csv", 29_425);
    current.quarantine = Quarantine {
        rows: 3,
        examples: vec![RejectedRow {
            source: "july.csv".to_owned(),
            row: 4_711,
            byte_offset: 423_990,
            reason: "6 cells where 10 were expected".to_owned(),
            raw: "2013,7,6,\"UA".to_owned(),
        }],
    };
    let place = |row, byte_offset, raw: &str| ReadPlace {
        source: "july.csv".to_owned(),
        row,
        byte_offset,
        raw: raw.to_owned(),
    };
    let note = |kind: &str, count, examples| ReadNote { kind: kind.to_owned(), count, examples };
    let stray = vec![place(812, 73_080, "2013,7,1,\"UA,<b>|x"), place(1_017, 91_530, "=2013,7,2,UA\"…")];
    current.reading.repairs = vec![note("stray_quote", 1_204, stray)];
    current.reading.asides = vec![note("preamble", 1, vec![place(0, 0, "Flights of July")])];
    let insight = |kind, columns: &[&str], text: &str| Insight {
        kind,
        weight: 0.6,
        columns: columns.iter().map(|&name| name.to_owned()).collect(),
        text: text.to_owned(),
    };
    Report {
        schema_version: SCHEMA_VERSION,
        verdict: Verdict::Drifted,
        severity: Severity::Critical,
        headline: "3 of 10 columns drifted; `dep_delay` moved most: 41 % of its rows moved.".to_owned(),
        reference: side("january.csv", 27_004),
        current,
        columns,
        anomalies: anomalies(),
        cells: None,
        violations: Vec::new(),
        contract: None,
        findings: findings(),
        insights: vec![
            insight(
                InsightKind::Shift,
                &["dep_delay"],
                "`dep_delay` is later: its median went from -2 to 1.",
            ),
            insight(
                InsightKind::Slice,
                &["dep_delay", "carrier"],
                "Most of the change of `dep_delay` sits where `carrier` is F9, which holds 12 % of the rows and \
                 61 % of the change.",
            ),
        ],
        settings: Settings::default(),
        timings: Timings {
            reference_secs: 0.06,
            current_secs: 0.07,
            detect_secs: 0.05,
            total_secs: 0.18,
            chunks: 4,
            slowest_chunk_secs: 0.03,
            threads: 2,
        },
        memory_peak_bytes: 34_000_000,
    }
}
