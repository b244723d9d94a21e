//! Which columns hold personal data, and how such data are shown without telling them.
//!
//! Values are recognised where they prove themselves (an e-mail, a card number with its check digit); names, addresses
//! and dates of birth by what their column is called. A new kind is an arm in `recognise.rs` or a list of words in
//! `column_name.rs`, and how it is masked in `mask.rs`.

mod check_digit;
mod column_name;
mod mask;
mod recognise;

pub use mask::{mask_text, mask_value};
pub use recognise::recognise;

use std::borrow::Cow;

use driftline_chunk::Physical;
use driftline_model::{Personal, PersonalKind};
use driftline_profile::{ColumnProfile, SampleColumn, Side};

use column_name::named;

/// Different values that are looked at, evenly over all of them.
const LOOKED_AT: usize = 2_000;
/// Share of the values from which on they speak for themselves; with a fitting name of the column, and where any
/// number may look like the kind.
const BY_VALUES: f64 = 0.7;
const WITH_NAME: f64 = 0.3;
const AMONG_NUMBERS: f64 = 0.95;
/// Different values before values speak for themselves.
const LEAST_VALUES: usize = 3;
const LEAST_NUMBERS: usize = 20;
/// Least number of a payment card: thirteen digits (ISO/IEC 7812).
const LEAST_CARD: f64 = 1e12;

/// What personal data each column holds, in the order of the table.
#[must_use]
pub fn find(side: &Side<'_>) -> Vec<Option<Personal>> {
    let columns = side.profile.columns().iter().zip(&side.sample.columns);
    columns.map(|(column, cells)| of_column(column, cells)).collect()
}

/// What personal data a column holds, by its name and its values.
#[must_use]
pub fn of_column(column: &ColumnProfile, cells: &SampleColumn) -> Option<Personal> {
    if column.present() == 0 || column.physical() == Physical::Boolean {
        return None;
    }
    let by_name = named(column.name());
    // Without a name only numbers of cards prove themselves, and counts and measures are not worth a look.
    let is_small = |x: Option<f64>| x.is_none_or(|x| x.abs() < LEAST_CARD);
    let numbers = column.numbers().filter(|_| column.physical() == Physical::Number && by_name.is_none());
    if numbers.is_some_and(|numbers| is_small(numbers.min()) && is_small(numbers.max())) {
        return None;
    }
    if column.physical() == Physical::Datetime {
        return by_name.filter(|kind| *kind == PersonalKind::DateOfBirth).map(|kind| Personal {
            kind,
            values_ratio: None,
            by_name: true,
            confidence: 0.9,
        });
    }
    of_values(column.name(), &values(column, cells), column.physical() == Physical::Number)
}

/// What personal data a column of these values (with their counts) holds. `numbers` are held as numbers.
#[must_use]
pub fn of_values(name: &str, values: &[(Cow<'_, str>, u64)], numbers: bool) -> Option<Personal> {
    let by_name = named(name);
    let total: u64 = values.iter().map(|(_, count)| count).sum();
    if total == 0 {
        return None;
    }
    let share = |is: &dyn Fn(&str) -> bool| {
        let rows: u64 = values.iter().filter(|(text, _)| is(text)).map(|(_, count)| count).sum();
        rows as f64 / total as f64
    };
    let by_values = recognise::KINDS.into_iter().find_map(|kind| {
        let ratio = share(&|text| recognise(text) == Some(kind));
        let expected = by_name == Some(kind);
        let bar = match (expected, numbers || kind == PersonalKind::Card) {
            (true, _) => WITH_NAME,
            (false, true) => AMONG_NUMBERS,
            (false, false) => BY_VALUES,
        };
        let enough = if numbers { LEAST_NUMBERS } else { LEAST_VALUES };
        (ratio >= bar && (expected || values.len() >= enough)).then(|| Personal {
            kind,
            values_ratio: Some(ratio),
            by_name: expected,
            confidence: if expected { 0.5 + ratio / 2.0 } else { ratio * 0.98 },
        })
    });
    by_values.or_else(|| {
        let kind = by_name?;
        let ratio = share(&|text| recognise::may_be(kind, text));
        (ratio >= BY_VALUES).then_some(Personal { kind, values_ratio: None, by_name: true, confidence: 0.8 })
    })
}

/// Values of a column with their counts where they are few, and some of the sampled ones where they are many.
fn values<'a>(column: &'a ColumnProfile, cells: &'a SampleColumn) -> Vec<(Cow<'a, str>, u64)> {
    // Whole numbers as they are written; others are no numbers of anybody.
    let written = |x: f64| if x.fract() == 0.0 { Cow::Owned(format!("{x:.0}")) } else { Cow::Borrowed("") };
    let few = column.distinct().estimate <= LOOKED_AT as u64;
    if let Some(counts) = few.then(|| column.text_counts()).flatten() {
        return counts.into_iter().map(|(text, count)| (Cow::Borrowed(text), count)).collect();
    }
    if let Some(counts) = few.then(|| column.number_counts()).flatten() {
        return counts.into_iter().map(|(x, count)| (written(x), count)).collect();
    }
    let step = |length: usize| length.div_ceil(LOOKED_AT).max(1);
    match cells {
        SampleColumn::Text(texts) => {
            let some = texts.values.iter().step_by(step(texts.values.len()));
            some.map(|text| (Cow::Borrowed(text.as_ref()), 1)).collect()
        }
        SampleColumn::Numbers(cells) => {
            let some = cells.iter().step_by(step(cells.len())).filter(|x| !x.is_nan());
            some.map(|x| (written(*x), 1)).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(name: &str, texts: &[&str]) -> Option<PersonalKind> {
        let values: Vec<(Cow<'_, str>, u64)> = texts.iter().map(|text| (Cow::Borrowed(*text), 1)).collect();
        of_values(name, &values, false).map(|personal| personal.kind)
    }

    #[test]
    fn values_speak_for_themselves() {
        use PersonalKind::{Card, Email, Iban, IpAddress, Phone};
        let emails = ["a@example.org", "b.c@mail.example.co.uk", "d+e@example.com", "n/a"];
        assert_eq!(kind("x", &emails), Some(Email));
        assert_eq!(kind("x", &["+49 30 1234567", "+1 (555) 123-4567", "+442071838750"]), Some(Phone));
        assert_eq!(kind("x", &["4111 1111 1111 1111", "5555555555554444", "378282246310005"]), Some(Card));
        assert_eq!(
            kind(
                "x",
                &["DE89370400440532013000", "GB82 WEST 1234 5698 7654 32", "FR1420041010050500013M02606"]
            ),
            Some(Iban)
        );
        assert_eq!(kind("x", &["192.168.1.7", "10.0.0.1", "2001:db8::1"]), Some(IpAddress));
    }

    #[test]
    fn names_of_columns_speak_where_values_cannot() {
        use PersonalKind::{Address, DateOfBirth, Name, NationalId, Phone};
        assert_eq!(kind("Nachname", &["Meyer", "Schulz"]), Some(Name));
        assert_eq!(kind("customer_first_name", &["Ada", "Bo"]), Some(Name));
        assert_eq!(kind("dirección", &["Calle 7", "Gran Vía 1"]), Some(Address));
        assert_eq!(kind("birthDate", &["1980-01-02", "1979-12-31"]), Some(DateOfBirth));
        assert_eq!(kind("SSN", &["123-45-6789", "987-65-4320"]), Some(NationalId));
        assert_eq!(kind("telefon", &["030 1234567", "0171/1234567"]), Some(Phone));
    }

    #[test]
    fn what_is_nobodys_is_not_personal() {
        assert_eq!(kind("product_name", &["Chair", "Table", "Lamp"]), None);
        assert_eq!(kind("file_address", &["0x1", "0x2"]), None);
        assert_eq!(kind("amount", &["1234567890", "30123456", "12.50"]), None);
        assert_eq!(kind("day", &["2020-12-31", "2021-01-01", "2021-02-03"]), None);
        assert_eq!(kind("flight", &["4111111111111112", "5555555555554445", "1"]), None);
        assert_eq!(kind("version", &["1.2.3", "1.2.4", "2.0.0"]), None);
        assert_eq!(kind("first_name", &["1", "2", "3"]), None);
        assert_eq!(kind("phone", &["yes", "no", "yes"]), None);
    }
}
