//! A made-up table of customers without errors, and made-up personal data.

use driftline_testkit::Random;

/// Cities with their country, and the beginning of their postal codes.
const CITIES: [(&str, &str, &str); 20] = [
    ("Birmingham", "United Kingdom", "B1"),
    ("Liverpool", "United Kingdom", "L2"),
    ("Manchester", "United Kingdom", "M1"),
    ("Edinburgh", "United Kingdom", "EH1"),
    ("Marseille", "France", "13001"),
    ("Toulouse", "France", "31000"),
    ("Strasbourg", "France", "67000"),
    ("Bordeaux", "France", "33000"),
    ("Hamburg", "Germany", "20095"),
    ("Stuttgart", "Germany", "70173"),
    ("Frankfurt", "Germany", "60311"),
    ("Nuremberg", "Germany", "90402"),
    ("Barcelona", "Spain", "08001"),
    ("Valencia", "Spain", "46001"),
    ("Zaragoza", "Spain", "50001"),
    ("Rotterdam", "Netherlands", "3011"),
    ("Eindhoven", "Netherlands", "5611"),
    ("Copenhagen", "Denmark", "1050"),
    ("Gothenburg", "Sweden", "41101"),
    ("Trondheim", "Norway", "7010"),
];
const TRADES: [&str; 8] =
    ["Accounting", "Carpentry", "Education", "Farming", "Healthcare", "Logistics", "Publishing", "Software"];
const SURNAMES: [&str; 24] = [
    "Smith", "Smyth", "Meyer", "Meier", "Maier", "Mayer", "Schmidt", "Schmitt", "Martin", "Martinez",
    "Jansen", "Janssen", "Larsen", "Larson", "Garcia", "Gracia", "Dubois", "Duboix", "Nilsson", "Nielsen",
    "Brown", "Braun", "Moreau", "Morel",
];

/// Header and rows.
pub(crate) fn customers(rows: usize, seed: u64) -> (Vec<String>, Vec<Vec<String>>) {
    let header = ["id", "surname", "city", "country", "zip", "trade", "since", "code", "height_cm", "amount"]
        .map(str::to_owned);
    let mut random = Random::new(seed);
    let row = |number: usize| {
        let mut pick = |count: usize| (random.unit() * random.unit() * count as f64) as usize;
        let (city, country, zip) = CITIES[pick(CITIES.len())];
        let (trade, surname) = (TRADES[pick(TRADES.len())], SURNAMES[pick(SURNAMES.len())]);
        let day = random.below(9 * 336);
        let since = format!("{}-{:02}-{:02}", 2015 + day / 336, 1 + day / 28 % 12, 1 + day % 28);
        let code = format!("{}{}-{:04}", letter(&mut random), letter(&mut random), random.below(10_000));
        let height = format!("{:.0}", 172.0 + 9.0 * random.normal());
        let amount = format!("{:.2}", (3.0 + random.normal()).exp());
        let texts = [surname, city, country, zip, trade].map(str::to_owned);
        [vec![(number + 1).to_string()], texts.to_vec(), vec![since, code, height, amount]].concat()
    };
    (header.to_vec(), (0..rows).map(row).collect())
}

fn letter(random: &mut Random) -> char {
    char::from(b'A' + random.below(26) as u8)
}

fn digits(random: &mut Random, count: usize) -> String {
    (0..count).map(|_| char::from(b'0' + random.below(10) as u8)).collect()
}

/// A number with the check digit of Luhn's rule.
fn with_luhn(lead: &str, length: usize, random: &mut Random) -> String {
    let body = format!("{lead}{}", digits(random, length - 1 - lead.len()));
    let double = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| (u32::from(byte - b'0'), place % 2 == 0))
        .map(|(digit, doubled)| if doubled { double(digit) } else { digit })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

/// A German account number with its check digits.
fn iban(random: &mut Random) -> String {
    let account = digits(random, 18);
    // `DE00` is 131400 behind the account.
    let rest =
        format!("{account}131400").bytes().fold(0_u32, |sum, byte| (sum * 10 + u32::from(byte - b'0')) % 97);
    format!("DE{:02}{account}", 98 - rest)
}

/// Values that are personal and can prove it, by kind.
pub(crate) fn personal(kind: &str, random: &mut Random) -> String {
    match kind {
        "email" => {
            let name = SURNAMES[random.below(24) as usize].to_lowercase();
            let end = ["com", "de", "co.uk", "org"][random.below(4) as usize];
            format!(
                "{}.{name}{}@mail{}.{end}",
                letter(random).to_ascii_lowercase(),
                random.below(99),
                random.below(9)
            )
        }
        "phone" => match random.below(3) {
            0 => format!("+49 {} {}", digits(random, 3), digits(random, 7)),
            1 => format!("+1{}", digits(random, 10)),
            _ => format!("({}) {}-{}", digits(random, 3), digits(random, 3), digits(random, 4)),
        },
        "card" => {
            let (lead, length) = [("4", 16), ("52", 16), ("37", 15)][random.below(3) as usize];
            with_luhn(lead, length, random)
        }
        "iban" => iban(random),
        _ => {
            let part = |random: &mut Random| random.below(256);
            format!("{}.{}.{}.{}", part(random), part(random), part(random), part(random))
        }
    }
}

/// Values that are nobody's, by sort.
pub(crate) fn nobodys(sort: &str, random: &mut Random) -> String {
    match sort {
        "date" => {
            format!("20{:02}-{:02}-{:02}", random.below(30), 1 + random.below(12), 1 + random.below(28))
        }
        "moment" => format!(
            "2024-05-{:02} {:02}:{:02}:{:02}",
            1 + random.below(28),
            random.below(24),
            random.below(60),
            random.below(60)
        ),
        "amount" => format!("{}.{}", random.below(1_000_000), digits(random, 2)),
        "number of 16 digits" => digits(random, 16),
        "number of 10 digits" => digits(random, 10),
        "version" => format!("{}.{}.{}", random.below(9), random.below(20), random.below(99)),
        "code" => format!("{}{}-{}", letter(random), letter(random), digits(random, 6)),
        _ => format!("{}{}-{}", SURNAMES[random.below(24) as usize], random.below(99), letter(random)),
    }
}
