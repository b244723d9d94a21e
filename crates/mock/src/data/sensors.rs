//! Readings of sensors. Weather is shared by a plant, load by its working hours; every device has an offset of its
//! own, a battery that empties and firmware that is rolled out to it at some moment.

use std::f64::consts::TAU;

use super::Week;
use super::column::{Column, Holds};
use crate::cell::Cell;
use crate::draw::{Draw, mix, smooth, unit_of};
use crate::moment::{DAY_MS, HOUR_MS};

pub(super) const COLUMNS: &[Column] = &[
    Column::of("reading_id", Holds::Id),
    Column::of("measured_at", Holds::Time),
    Column::of("device", Holds::Words),
    Column::of("site", Holds::Words),
    Column::of("model", Holds::Words),
    Column::of("firmware", Holds::Words),
    Column::number("temperature", (21.0, 3.6), (-20.0, 60.0), 2, "°C"),
    Column::number("humidity", (51.0, 8.0), (5.0, 100.0), 1, "%"),
    Column::number("pressure", (988.6, 18.3), (900.0, 1_060.0), 1, "hPa"),
    Column::number("vibration", (2.37, 1.94), (0.0, 60.0), 3, "mm/s"),
    Column::number("power_w", (96.0, 44.0), (5.0, 400.0), 1, "W"),
    Column::number("battery", (57.0, 24.6), (0.0, 100.0), 1, "%"),
    Column::number("signal_dbm", (-67.0, 9.5), (-110.0, -30.0), 0, "dBm"),
    Column::number("uptime_h", (360.0, 230.0), (0.0, 900.0), 0, "h"),
    Column::of("status", Holds::Words),
];

/// Devices report by the clock; at night some report less often.
pub(super) const WEEK: Week = Week {
    hours: [
        0.85, 0.85, 0.85, 0.85, 0.85, 0.9, 1.0, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.05,
        1.0, 0.95, 0.9, 0.85, 0.85,
    ],
    days: [1.0, 1.0, 1.0, 1.0, 1.0, 0.95, 0.95],
    restless: 0.01,
};

/// How many devices there are.
const DEVICES: u64 = 24;

struct Site {
    name: &'static str,
    /// Mean temperature in the hall.
    mean_celsius: f64,
    /// What the height of the place takes from the pressure at the sea.
    below_sea_hpa: f64,
}

const SITES: [Site; 4] = [
    Site { name: "basel", mean_celsius: 21.5, below_sea_hpa: 31.0 },
    Site { name: "lyon", mean_celsius: 22.5, below_sea_hpa: 20.0 },
    Site { name: "graz", mean_celsius: 20.0, below_sea_hpa: 41.0 },
    Site { name: "gdansk", mean_celsius: 20.0, below_sea_hpa: 2.0 },
];
const MODELS: [&str; 3] = ["TX-100", "TX-200", "TX-210"];
const FIRMWARE: [&str; 5] = ["2.3.0", "2.3.1", "2.4.0", "2.4.1", "2.5.0"];
/// How long one firmware lasts.
const FIRMWARE_DAYS: i64 = 90;

pub(super) fn cells(seed: u64, number: u64, at_ms: i64) -> Vec<Cell> {
    let mut draw = Draw::new(seed, number);
    // Every device once in a round, in another order each round.
    let device = (number + 7 * (number / DEVICES)) % DEVICES;
    let own = mix(seed ^ 0x5e_50_12, device);
    let site_place = (device % 4) as usize;
    let site = SITES.get(site_place).unwrap_or(&SITES[0]);
    let place = mix(seed ^ 0x51_7e, site_place as u64);
    let load = load(place, at_ms);
    let swing = temperature_swing(place, at_ms) + 1.6 * load;
    let temperature =
        site.mean_celsius - 0.8 + swing + 1.2 * (2.0 * unit_of(own, 1) - 1.0) + 0.25 * draw.normal();
    let humidity =
        51.0 - 1.7 * (swing - 0.7) + 9.0 * smooth(place ^ 2, at_ms, 9 * HOUR_MS) + 1.5 * draw.normal();
    let pressure =
        1_013.0 - site.below_sea_hpa + 22.0 * smooth(place ^ 3, at_ms, 20 * HOUR_MS) + 0.3 * draw.normal();
    let wear = 0.6 + 1.4 * unit_of(own, 2);
    let vibration = (0.3 + 3.2 * load * wear) * (0.5 + 0.5 * draw.gamma());
    let power = 45.0 + 110.0 * load * (0.7 + 0.5 * unit_of(own, 3)) + 4.0 * draw.normal();
    let battery = battery(own, at_ms);
    let (firmware, uptime_h) = firmware(own, at_ms);
    let signal =
        -67.0 + 26.0 * (unit_of(own, 4) - 0.5) + 9.0 * smooth(own ^ 5, at_ms, HOUR_MS) + 3.0 * draw.normal();
    let status = match draw.unit() {
        _ if battery < 8.0 || vibration > 9.0 => "warn",
        lot if lot < 0.002 => "fault",
        lot if lot < 0.012 => "warn",
        _ => "ok",
    };
    vec![
        Cell::Whole(500_000 + number as i64),
        Cell::Moment(at_ms),
        Cell::Label("dev-", device + 1, 2),
        Cell::Word(site.name),
        Cell::Word(MODELS.get((own % 3) as usize).copied().unwrap_or_default()),
        Cell::Word(firmware),
        Cell::decimal(temperature.clamp(-20.0, 60.0), 2),
        Cell::decimal(humidity.clamp(5.0, 100.0), 1),
        Cell::decimal(pressure, 1),
        Cell::decimal(vibration.clamp(0.0, 60.0), 3),
        Cell::decimal(power.clamp(5.0, 400.0), 1),
        Cell::decimal(battery, 1),
        Cell::Whole(signal.clamp(-110.0, -30.0).round() as i64),
        Cell::Whole(uptime_h),
        Cell::Word(status),
    ]
}

/// How hard the machines of a plant work, 0 to 1: two shifts on weekdays, one on Saturdays.
fn load(place: u64, at_ms: i64) -> f64 {
    let hour = at_ms.rem_euclid(DAY_MS) as f64 / HOUR_MS as f64;
    let day = (at_ms.div_euclid(DAY_MS) + 3).rem_euclid(7);
    let end = match day {
        0..=4 => 22.0,
        5 => 14.0,
        _ => 6.0,
    };
    // Machines take an hour to come up and to run down.
    let running = (hour - 5.5).clamp(0.0, 1.0).min((end + 0.5 - hour).clamp(0.0, 1.0));
    (0.12 + 0.68 * running + 0.14 * smooth(place, at_ms, HOUR_MS / 2)).clamp(0.0, 1.0)
}

/// What the hour of the day and the weather do to the temperature.
fn temperature_swing(place: u64, at_ms: i64) -> f64 {
    let day = at_ms.rem_euclid(DAY_MS) as f64 / DAY_MS as f64;
    // Warmest at three in the afternoon.
    3.4 * (TAU * (day - 0.375)).sin() + 4.0 * smooth(place ^ 1, at_ms, 18 * HOUR_MS)
}

/// What is left in the battery: it empties in two to four weeks, then is changed.
fn battery(own: u64, at_ms: i64) -> f64 {
    let period_days = 14.0 + 14.0 * unit_of(own, 6);
    let phase = unit_of(own, 7);
    let used = (at_ms as f64 / (period_days * DAY_MS as f64) + phase).rem_euclid(1.0);
    (100.0 - 85.0 * used).clamp(0.0, 100.0)
}

/// The firmware of a device and the hours since it started: at an update, and at least every 30 days.
fn firmware(own: u64, at_ms: i64) -> (&'static str, i64) {
    // Everybody gets it within two weeks.
    let behind = (unit_of(own, 8) * 14.0 * DAY_MS as f64) as i64;
    let since = at_ms - behind;
    let step = since.div_euclid(FIRMWARE_DAYS * DAY_MS);
    let version = FIRMWARE.get(step.rem_euclid(FIRMWARE.len() as i64) as usize).copied().unwrap_or_default();
    (version, since.rem_euclid(30 * DAY_MS) / HOUR_MS)
}
