//! Requests to a web site. The path decides how long an answer takes and how large it is; the cache makes it short,
//! the rush of the day makes it long; machines that look at pages leave other traces than people.

use super::Week;
use super::column::{Column, Holds};
use crate::cell::Cell;
use crate::draw::{Draw, mix, smooth};
use crate::moment::HOUR_MS;

pub(super) const COLUMNS: &[Column] = &[
    Column::of("request_id", Holds::Id),
    Column::of("requested_at", Holds::Time),
    Column::of("method", Holds::Words),
    Column::of("path", Holds::Words),
    Column::of("status", Holds::Words),
    Column::number("latency_ms", (88.0, 120.0), (0.5, 30_000.0), 1, "ms"),
    Column::number("bytes", (29_700.0, 35_000.0), (0.0, 3_000_000.0), 0, "B"),
    Column::of("cache", Holds::Words),
    Column::of("country", Holds::Words),
    Column::of("region", Holds::Words),
    Column::of("device", Holds::Words),
    Column::of("browser", Holds::Words),
    Column::of("protocol", Holds::Words),
    Column::of("referrer", Holds::Words),
    Column::of("user_id", Holds::Id),
    Column::number("pages_in_session", (2.3, 2.0), (1.0, 60.0), 0, "pages"),
    Column::of("is_bot", Holds::Flag),
];

/// A site for people who work and people who rest: noon and evening.
pub(super) const WEEK: Week = Week {
    hours: [
        0.45, 0.3, 0.22, 0.2, 0.22, 0.3, 0.5, 0.8, 1.1, 1.25, 1.3, 1.35, 1.4, 1.35, 1.3, 1.25, 1.25, 1.3,
        1.4, 1.55, 1.65, 1.5, 1.1, 0.7,
    ],
    days: [1.05, 1.06, 1.05, 1.03, 0.97, 0.9, 0.94],
    restless: 0.1,
};

/// How the answers of a path are.
struct Page {
    path: &'static str,
    method: &'static str,
    /// Usual time until the answer, without cache.
    latency_ms: f64,
    bytes: f64,
    /// Share of answers from the cache; none for what is never cached.
    cached: Option<f64>,
}

const fn page(
    path: &'static str,
    method: &'static str,
    latency_ms: f64,
    bytes: f64,
    cached: Option<f64>,
) -> Page {
    Page { path, method, latency_ms, bytes, cached }
}

const PAGES: [Page; 12] = [
    page("/", "GET", 60.0, 24_000.0, Some(0.75)),
    page("/products", "GET", 120.0, 38_000.0, Some(0.5)),
    page("/products/detail", "GET", 95.0, 31_000.0, Some(0.55)),
    page("/search", "GET", 210.0, 18_000.0, Some(0.1)),
    page("/cart", "GET", 80.0, 9_000.0, None),
    page("/cart/items", "POST", 110.0, 1_200.0, None),
    page("/checkout", "POST", 320.0, 2_500.0, None),
    page("/login", "POST", 180.0, 900.0, None),
    page("/account", "GET", 130.0, 12_000.0, None),
    page("/help", "GET", 50.0, 15_000.0, Some(0.8)),
    page("/static/app.js", "GET", 12.0, 90_000.0, Some(0.95)),
    page("/static/logo.svg", "GET", 8.0, 4_000.0, Some(0.97)),
];
const PAGE_SHARES: [(usize, f64); 12] = [
    (0, 0.13),
    (1, 0.15),
    (2, 0.22),
    (3, 0.11),
    (4, 0.06),
    (5, 0.05),
    (6, 0.02),
    (7, 0.03),
    (8, 0.04),
    (9, 0.02),
    (10, 0.1),
    (11, 0.07),
];
const COUNTRIES: &[(&str, f64)] = &[
    ("DE", 0.26),
    ("FR", 0.17),
    ("GB", 0.15),
    ("US", 0.12),
    ("NL", 0.08),
    ("ES", 0.07),
    ("IT", 0.06),
    ("CH", 0.05),
    ("PL", 0.04),
];
const REFERRERS: &[(&str, f64)] = &[
    ("", 0.44),
    ("search", 0.26),
    ("internal", 0.17),
    ("social", 0.07),
    ("newsletter", 0.04),
    ("partner", 0.02),
];
const BROWSERS: &[(&str, f64)] = &[("chrome", 0.62), ("safari", 0.2), ("firefox", 0.1), ("edge", 0.08)];
const BROWSERS_MOBILE: &[(&str, f64)] = &[("chrome", 0.58), ("safari", 0.36), ("firefox", 0.06)];
const BOTS: &[(&str, f64)] = &[("googlebot", 0.5), ("bingbot", 0.3), ("curl", 0.2)];

pub(super) fn cells(seed: u64, number: u64, at_ms: i64) -> Vec<Cell> {
    let mut draw = Draw::new(seed, number);
    let place = draw.pick(&PAGE_SHARES);
    let page = PAGES.get(place).unwrap_or(&PAGES[0]);
    let is_bot = draw.chance(0.08);
    let status = status(&mut draw, page);
    let cached = draw.unit() < page.cached.unwrap_or(0.0) && status < 400;
    let latency = latency(&mut draw, (seed, at_ms), page, (status, cached));
    let size = page.bytes * (0.5 * draw.normal()).exp();
    let bytes = match status {
        301 | 304 => 0.0,
        400.. => 650.0 + 100.0 * draw.unit(),
        _ => size,
    };
    let cache = match page.cached {
        None => "none",
        _ if cached => "hit",
        _ => "miss",
    };
    let country = draw.pick(COUNTRIES);
    let mut cells = Vec::with_capacity(COLUMNS.len());
    cells.extend([
        Cell::Label("r", mix(seed, number) >> 14, 15),
        Cell::Moment(at_ms),
        Cell::Word(page.method),
        Cell::Word(page.path),
        Cell::Whole(status),
        Cell::decimal(latency, 1),
        Cell::Whole(bytes.clamp(0.0, 3_000_000.0) as i64),
        Cell::Word(cache),
        Cell::Word(country),
        Cell::Word(if country == "US" { "us-east" } else { "eu-west" }),
    ]);
    visitor(&mut draw, is_bot, &mut cells);
    cells
}

fn status(draw: &mut Draw, page: &Page) -> i64 {
    let statuses: &[(i64, f64)] = match page.path {
        "/login" => &[(200, 0.8), (401, 0.18), (429, 0.01), (500, 0.004)],
        "/checkout" => &[(201, 0.93), (422, 0.05), (500, 0.01), (503, 0.006)],
        _ => &[(200, 0.915), (304, 0.04), (301, 0.012), (404, 0.026), (500, 0.004), (503, 0.002)],
    };
    draw.pick(statuses)
}

/// A gamma-like time with a long tail; longer when many people come and when the answer is a failure.
fn latency(draw: &mut Draw, (seed, at_ms): (u64, i64), page: &Page, (status, cached): (i64, bool)) -> f64 {
    let rush = 0.75 + 0.25 * WEEK.at(at_ms) + 0.12 * smooth(seed ^ 0x1a7e, at_ms, HOUR_MS / 4);
    let tail = if draw.chance(0.01) { 6.0 } else { 1.0 };
    let usual = page.latency_ms * rush * tail * (0.15 + 0.85 * draw.gamma());
    let factor = match status {
        500.. => 5.0,
        301 | 304 => 0.3,
        _ if cached => 0.15,
        _ => 1.0,
    };
    (usual * factor).clamp(0.5, 30_000.0)
}

/// Who asks: adds device, browser, protocol, referrer, user, pages and whether it is a machine.
fn visitor(draw: &mut Draw, is_bot: bool, cells: &mut Vec<Cell>) {
    let device = draw.pick(&[("desktop", 0.47), ("mobile", 0.46), ("tablet", 0.07)]);
    let browser = draw.pick(match (is_bot, device) {
        (true, _) => BOTS,
        (_, "desktop") => BROWSERS,
        _ => BROWSERS_MOBILE,
    });
    let protocol = draw.pick(&[("h2", 0.6), ("h3", 0.31), ("http/1.1", 0.09)]);
    let referrer = draw.pick(REFERRERS);
    let user = (draw.unit().powi(2) * 25_000.0) as i64 + 1;
    let is_known = draw.chance(0.38);
    let pages = 1 + (1.9 * draw.gamma() * draw.gamma().min(3.0)) as i64;
    cells.extend([
        Cell::Word(if is_bot { "server" } else { device }),
        Cell::Word(browser),
        Cell::Word(if is_bot { "http/1.1" } else { protocol }),
        if referrer.is_empty() || is_bot { Cell::Null } else { Cell::Word(referrer) },
        if is_known && !is_bot { Cell::Whole(user) } else { Cell::Null },
        Cell::Whole(if is_bot { 1 } else { pages.clamp(1, 60) }),
        Cell::Flag(is_bot),
    ]);
}
