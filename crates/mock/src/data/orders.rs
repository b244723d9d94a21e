//! Orders of a shop. The country decides the currency, the warehouse and how people pay; the channel decides the
//! device and the shipping; the category decides the price and the weight.

use super::Week;
use super::column::{Column, Holds};
use crate::cell::Cell;
use crate::draw::Draw;
use crate::moment::DAY_MS;

pub(super) const COLUMNS: &[Column] = &[
    Column::of("order_id", Holds::Id),
    Column::of("ordered_at", Holds::Time),
    Column::of("customer_id", Holds::Id),
    Column::of("is_new_customer", Holds::Flag),
    Column::of("country", Holds::Words),
    Column::of("currency", Holds::Words),
    Column::of("channel", Holds::Words),
    Column::of("device", Holds::Words),
    Column::of("category", Holds::Words),
    Column::of("product", Holds::Words),
    Column::number("quantity", (1.44, 0.90), (1.0, 6.0), 0, "pieces"),
    Column::number("unit_price", (57.0, 85.0), (0.5, 5_000.0), 2, "EUR"),
    Column::number("discount", (0.04, 0.07), (0.0, 0.3), 2, ""),
    Column::number("amount", (66.0, 93.0), (0.3, 9_000.0), 2, "EUR"),
    Column::of("coupon", Holds::Words),
    Column::of("payment", Holds::Words),
    Column::of("is_gift", Holds::Flag),
    Column::of("shipping_method", Holds::Words),
    Column::number("shipping_cost", (2.9, 3.0), (0.0, 14.9), 2, "EUR"),
    Column::number("shipping_days", (3.2, 1.7), (1.0, 16.0), 0, "days"),
    Column::number("weight_kg", (1.7, 3.0), (0.01, 200.0), 2, "kg"),
    Column::of("warehouse", Holds::Words),
];

/// A shop: a peak in the evening, a hill at noon, Sundays busier than Fridays.
pub(super) const WEEK: Week = Week {
    hours: [
        0.35, 0.2, 0.12, 0.1, 0.1, 0.15, 0.35, 0.6, 0.85, 1.05, 1.15, 1.2, 1.35, 1.3, 1.15, 1.1, 1.15, 1.25,
        1.45, 1.7, 1.9, 1.8, 1.3, 0.7,
    ],
    days: [1.02, 0.98, 0.97, 1.0, 0.92, 0.98, 1.13],
    restless: 0.08,
};

struct Country {
    code: &'static str,
    currency: &'static str,
    warehouse: &'static str,
    /// Days that shipping takes at least.
    far_days: i64,
    payments: &'static [(&'static str, f64)],
}

const CARDS: &[(&str, f64)] = &[("card", 0.55), ("paypal", 0.27), ("invoice", 0.08), ("transfer", 0.1)];
const INVOICES: &[(&str, f64)] = &[("invoice", 0.46), ("paypal", 0.3), ("card", 0.2), ("transfer", 0.04)];
const IN_STORE: &[(&str, f64)] = &[("card", 0.72), ("cash", 0.28)];

const fn country(
    code: &'static str,
    currency: &'static str,
    warehouse: &'static str,
    far_days: i64,
    payments: &'static [(&'static str, f64)],
) -> Country {
    Country { code, currency, warehouse, far_days, payments }
}

const COUNTRIES: [Country; 10] = [
    country("DE", "EUR", "LEJ", 1, INVOICES),
    country("FR", "EUR", "LIL", 1, CARDS),
    country("GB", "GBP", "BHX", 2, CARDS),
    country("NL", "EUR", "LIL", 1, CARDS),
    country("ES", "EUR", "LIL", 2, CARDS),
    country("IT", "EUR", "LEJ", 2, CARDS),
    country("CH", "CHF", "LEJ", 2, INVOICES),
    country("AT", "EUR", "LEJ", 1, INVOICES),
    country("PL", "PLN", "LEJ", 2, CARDS),
    country("SE", "SEK", "BHX", 3, INVOICES),
];
/// Shares of the countries, in the order of [`COUNTRIES`].
const SHARES: [(usize, f64); 10] = [
    (0, 0.29),
    (1, 0.19),
    (2, 0.15),
    (3, 0.1),
    (4, 0.08),
    (5, 0.07),
    (6, 0.05),
    (7, 0.04),
    (8, 0.02),
    (9, 0.01),
];

struct Category {
    name: &'static str,
    products: [&'static str; 6],
    /// What the first product costs; each further one costs a fifth more.
    price: f64,
    weight_kg: f64,
    /// How many people take more than one.
    several: f64,
}

const CATEGORIES: [Category; 6] = [
    Category {
        name: "clothing",
        products: ["shirt", "trousers", "jacket", "socks", "dress", "coat"],
        price: 24.0,
        weight_kg: 0.5,
        several: 0.3,
    },
    Category {
        name: "books",
        products: ["novel", "cookbook", "atlas", "comic", "textbook", "poems"],
        price: 11.0,
        weight_kg: 0.5,
        several: 0.25,
    },
    Category {
        name: "electronics",
        products: ["cable", "headphones", "keyboard", "speaker", "tablet", "camera"],
        price: 92.0,
        weight_kg: 1.1,
        several: 0.1,
    },
    Category {
        name: "home",
        products: ["lamp", "pillow", "vase", "shelf", "rug", "chair"],
        price: 36.0,
        weight_kg: 4.2,
        several: 0.2,
    },
    Category {
        name: "sports",
        products: ["ball", "mat", "bottle", "racket", "shoes", "tent"],
        price: 31.0,
        weight_kg: 1.6,
        several: 0.15,
    },
    Category {
        name: "food",
        products: ["coffee", "tea", "chocolate", "olive_oil", "spices", "wine"],
        price: 6.0,
        weight_kg: 0.7,
        several: 0.65,
    },
];
const CATEGORY_SHARES: [(usize, f64); 6] = [(0, 0.31), (1, 0.2), (2, 0.16), (3, 0.13), (4, 0.1), (5, 0.1)];

/// How somebody came to the shop.
struct Way {
    channel: &'static str,
    device: Cell,
}

pub(super) fn cells(seed: u64, number: u64, at_ms: i64) -> Vec<Cell> {
    let mut draw = Draw::new(seed, number);
    let mut cells = Vec::with_capacity(COLUMNS.len());
    // Faithful customers order often: the square makes small numbers likelier.
    let customer = (draw.unit().powi(2) * 60_000.0) as i64 + 1;
    let is_new = draw.chance(0.14);
    let place = draw.pick(&SHARES);
    let country = COUNTRIES.get(place).unwrap_or(&COUNTRIES[0]);
    let way = way(&mut draw, at_ms);
    cells.extend([
        Cell::Label("A-", 1_000_000 + number, 8),
        Cell::Moment(at_ms),
        Cell::Whole(if is_new { 60_000 + (number % 900_000) as i64 } else { customer }),
        Cell::Flag(is_new),
        Cell::Word(country.code),
        Cell::Word(country.currency),
        Cell::Word(way.channel),
        way.device,
    ]);
    let (weight_kg, amount) = basket(&mut draw, at_ms, &mut cells);
    let in_store = way.channel == "store";
    cells.push(Cell::Word(draw.pick(if in_store { IN_STORE } else { country.payments })));
    cells.push(Cell::Flag(draw.chance(if is_december(at_ms) { 0.3 } else { 0.06 })));
    shipping(&mut draw, country, (in_store, amount), &mut cells);
    cells.push(Cell::decimal(weight_kg, 2));
    cells.push(Cell::Word(country.warehouse));
    cells
}

fn way(draw: &mut Draw, at_ms: i64) -> Way {
    // People sit at a desk at noon and on a sofa in the evening.
    let is_evening = (17..23).contains(&(at_ms.rem_euclid(DAY_MS) / 3_600_000));
    let app = if is_evening { 0.36 } else { 0.26 };
    let channel = draw.pick(&[("web", 0.52), ("app", app), ("store", 0.12), ("phone", 0.03)]);
    let devices: &[(&str, f64)] = match channel {
        "app" => &[("ios", 0.46), ("android", 0.54)],
        _ => &[("desktop", 0.55), ("mobile", 0.37), ("tablet", 0.08)],
    };
    let device = draw.pick(devices);
    let has_device = matches!(channel, "web" | "app");
    Way { channel, device: if has_device { Cell::Word(device) } else { Cell::Null } }
}

/// What is bought: adds category, product, quantity, price, discount, amount and coupon; gives weight and amount.
fn basket(draw: &mut Draw, at_ms: i64, cells: &mut Vec<Cell>) -> (f64, f64) {
    let place = draw.pick(&CATEGORY_SHARES);
    let category = CATEGORIES.get(place).unwrap_or(&CATEGORIES[0]);
    let product = draw.below(category.products.len());
    let weekend = if is_weekend(at_ms) { 1.3 } else { 1.0 };
    let more =
        if draw.chance(category.several * weekend * 0.85) { 1 + draw.below(4).min(draw.below(5)) } else { 0 };
    let quantity = 1 + more as i64;
    // The price of a product wanders a little from order to order (sizes, editions).
    let list = category.price * (1.0 + 0.2 * product as f64) * (0.22 * draw.normal()).exp();
    let premium = if draw.chance(0.06) { 4.0 } else { 1.0 };
    let price = ((list * premium).clamp(0.5, 5_000.0) * 100.0).round() / 100.0;
    let coupon =
        draw.pick(&[("", 0.8), ("WELCOME10", 0.08), ("SPRING20", 0.05), ("VIP15", 0.04), ("FREESHIP", 0.03)]);
    let without = draw.pick(&[(0.0, 0.86), (0.05, 0.09), (0.3, 0.05)]);
    let discount = match coupon {
        "WELCOME10" => 0.1,
        "SPRING20" => 0.2,
        "VIP15" => 0.15,
        _ => without,
    };
    let amount = (quantity as f64 * price * (1.0 - discount) * 100.0).round() / 100.0;
    let weight_kg = quantity as f64 * category.weight_kg * (0.35 * draw.normal()).exp();
    cells.extend([
        Cell::Word(category.name),
        Cell::Word(category.products.get(product).copied().unwrap_or_default()),
        Cell::Whole(quantity),
        Cell::decimal(price, 2),
        Cell::decimal(discount, 2),
        Cell::decimal(amount, 2),
        if coupon.is_empty() { Cell::Null } else { Cell::Word(coupon) },
    ]);
    (weight_kg.clamp(0.01, 200.0), amount)
}

/// Adds method, cost and days of the shipping. What is bought in a store is carried home.
fn shipping(draw: &mut Draw, country: &Country, (in_store, amount): (bool, f64), cells: &mut Vec<Cell>) {
    let method = draw.pick(&[("standard", 0.74), ("express", 0.14), ("pickup_point", 0.12)]);
    let slow = if draw.chance(0.04) { 3 + draw.below(6) as i64 } else { 0 };
    let days = match method {
        "express" => 1 + i64::from(country.far_days > 2),
        _ => country.far_days + 1 + draw.below(3) as i64 + slow,
    };
    if in_store {
        cells.extend([Cell::Word("none"), Cell::decimal(0.0, 2), Cell::Null]);
        return;
    }
    let cost = match method {
        "express" => 9.9 + if country.far_days > 2 { 5.0 } else { 0.0 },
        _ if amount >= 60.0 => 0.0,
        "pickup_point" => 2.9,
        _ => 3.9 + 0.5 * country.far_days as f64,
    };
    cells.extend([Cell::Word(method), Cell::decimal(cost, 2), Cell::Whole(days)]);
}

fn is_weekend(at_ms: i64) -> bool {
    (at_ms.div_euclid(DAY_MS) + 3).rem_euclid(7) >= 5
}

/// Roughly: the last month of a year of 365.25 days.
fn is_december(at_ms: i64) -> bool {
    (at_ms as f64 / (365.25 * DAY_MS as f64)).rem_euclid(1.0) > 0.917
}
