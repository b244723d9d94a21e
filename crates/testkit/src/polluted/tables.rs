//! The well-formed tables.

use crate::Random;

/// A well-formed table.
#[derive(Debug, Clone)]
pub struct Table {
    /// Names of the columns.
    pub header: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<String>>,
}

const THINGS: [&str; 8] = [
    "Men's Hiking Boots",
    "Throw Pillow, Wooden Paddles",
    "Dining Table, Round 48\"",
    "Cycling Jersey",
    "Café Mug",
    "Kids' Bike, 24\"",
    "Heated Insoles",
    "Field Watch",
];
const PRAISE: [&str; 6] = [
    "Light, quick and rugged enough for peak performance.",
    "The durable seat won't let you down: from spring to fall.",
    "Made to last, in any way, shape or form",
    "An \"exclusive\" design, wet or dry",
    "Fits all; washes well",
    "Stays cool and dry",
];
const NAMES: [&str; 8] = ["Ada", "Grace", "Edsger", "Barbara", "José", "Zoë", "Niklaus", "Frances"];
const CITIES: [&str; 6] = ["Berlin", "New York", "Köln", "São Paulo", "Lyon", "Oslo"];

/// Tables of several kinds: mixed columns with long texts, numbers only but for names, texts only.
pub fn tables(seed: u64) -> Vec<Table> {
    vec![
        orders(&mut Random::for_stream(seed, 1)),
        sensors(&mut Random::for_stream(seed, 2)),
        people(&mut Random::for_stream(seed, 3)),
    ]
}

fn table(header: &[&str], rows: Vec<Vec<String>>) -> Table {
    Table { header: header.iter().map(|name| (*name).to_owned()).collect(), rows }
}

fn pick<'a>(random: &mut Random, from: &[&'a str]) -> &'a str {
    from[random.below(from.len() as u64) as usize]
}

fn orders(random: &mut Random) -> Table {
    let rows = (0..80_u64)
        .map(|row| {
            vec![
                format!("{:02}/{:02}/2018", row % 28 + 1, row / 28 + 1),
                format!("{:02}:{:02}", row % 24, 15 * (row % 4)),
                random.below(20).to_string(),
                format!("{}-{:04}", pick(random, &["MG", "RI", "YY", "BH"]), random.below(10_000)),
                format!("${}.{:02}", random.below(100), random.below(100)),
                pick(random, &THINGS).to_owned(),
                format!("{} No. {}", pick(random, &PRAISE), row),
                format!("https://www.example.com/product/{:04}.html", random.below(10_000)),
                String::new(),
            ]
        })
        .collect();
    table(
        &["DATE", "TIME", "Qty", "PRODUCTID", "Price", "ProductType", "Description", "URL", "Comments"],
        rows,
    )
}

fn sensors(random: &mut Random) -> Table {
    let rows = (0..60_u64)
        .map(|row| {
            vec![
                row.to_string(),
                format!("2024-03-{:02}T{:02}:00:00", row / 24 + 1, row % 24),
                format!("s{}", random.below(5)),
                format!("{:.2}", 20.0 + random.normal()),
                format!("{:.1}", 50.0 + 10.0 * random.normal()),
                if random.chance(0.1) { String::new() } else { random.below(1_000).to_string() },
            ]
        })
        .collect();
    table(&["id", "time", "sensor", "temperature", "humidity", "light"], rows)
}

fn people(random: &mut Random) -> Table {
    let rows = (0..50_u64)
        .map(|row| {
            let name = pick(random, &NAMES);
            vec![
                format!("{name} {}", pick(random, &["Smith", "Jones", "O'Neil", "Müller"])),
                format!("person{row}@example.com"),
                pick(random, &CITIES).to_owned(),
                pick(random, &["first visit", "came back, twice", "said \"no\"", "likes it; a lot"])
                    .to_owned(),
                format!("0{}", 100_000 + random.below(900_000)),
            ]
        })
        .collect();
    table(&["name", "mail", "city", "remark", "phone"], rows)
}
