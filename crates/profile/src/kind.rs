use driftline_chunk::Physical;
use driftline_model::Kind;

use crate::column::ColumnProfile;

/// Values below which nothing is called an identifier: a short column often happens to have no repetition.
const LEAST_IDENTIFIERS: u64 = 100;
/// Share of distinct values from which a column may name its rows; four standard errors of the estimate below
/// one.
const IDENTIFIER_DISTINCT: f64 = 0.95;
/// Whole numbers that fill their range more densely than one in so many are running numbers.
const DENSE_RANGE: f64 = 4.0;
/// Characters on average beyond which text is prose.
const PROSE_CHARS: f64 = 40.0;
/// Words on average beyond which text is prose.
const PROSE_WORDS: f64 = 4.0;
/// Prose that repeats itself this much is a set of fixed phrases.
const PROSE_DISTINCT: f64 = 0.2;
/// Share of distinct values up to which text is a set of categories: tail numbers of aircraft, at 3,000 in
/// 27,000 rows, are one.
const CATEGORY_DISTINCT: f64 = 0.25;
/// Distinct values that are always few enough for categories.
const FEW_CATEGORIES: u64 = 50;

/// What the values of a column mean.
pub(crate) fn kind_of(column: &ColumnProfile) -> Kind {
    if column.present() == 0 {
        return Kind::Empty;
    }
    match column.physical() {
        Physical::Number => number_kind(column),
        Physical::Boolean => Kind::Boolean,
        Physical::Datetime => Kind::Datetime,
        Physical::Text => text_kind(column),
    }
}

fn number_kind(column: &ColumnProfile) -> Kind {
    let Some(numbers) = column.numbers() else { return Kind::Numeric };
    if numbers.fractional() > 0 || numbers.infinities() > 0 {
        return Kind::Numeric;
    }
    let (Some(min), Some(max)) = (numbers.min(), numbers.max()) else { return Kind::Numeric };
    let dense = max - min < DENSE_RANGE * column.present() as f64;
    if may_identify(column) && (dense || is_named_like_identifier(column.name())) {
        Kind::Identifier
    } else {
        Kind::Integer
    }
}

fn text_kind(column: &ColumnProfile) -> Kind {
    let wording = column.wording().unwrap_or_default();
    let chars = column.lengths().map_or(0.0, crate::LengthSummary::mean);
    let distinct = column.distinct().estimate;
    let ratio = distinct as f64 / column.present() as f64;
    let prose = chars > PROSE_CHARS || wording.mean_words() > PROSE_WORDS;
    if may_identify(column) && wording.single_word_ratio() > 0.5 && chars <= PROSE_CHARS * 2.0 {
        Kind::Identifier
    } else if prose && ratio > PROSE_DISTINCT {
        Kind::Text
    } else if distinct <= FEW_CATEGORIES || ratio <= CATEGORY_DISTINCT {
        Kind::Categorical
    } else {
        Kind::Text
    }
}

fn may_identify(column: &ColumnProfile) -> bool {
    let present = column.present();
    present >= LEAST_IDENTIFIERS && column.distinct().estimate as f64 >= IDENTIFIER_DISTINCT * present as f64
}

/// Whether a column is called like something that names a row: `id`, `order_id`, `OrderID`, `uuid`, `key`, ...
fn is_named_like_identifier(name: &str) -> bool {
    const WORDS: [&str; 9] = ["id", "uuid", "guid", "key", "index", "idx", "no", "nr", "number"];
    let camel = name.strip_suffix("Id").or_else(|| name.strip_suffix("ID")).is_some_and(|rest| {
        rest.ends_with(|last: char| last.is_lowercase() || last.is_numeric() || last == '_')
    });
    let lower = name.trim().to_lowercase();
    let last_word = lower.rsplit(|c: char| !c.is_alphanumeric()).find(|word| !word.is_empty());
    camel || last_word.is_some_and(|word| WORDS.contains(&word)) || lower.ends_with('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_identifiers() {
        for name in
            ["id", "ID", "order_id", "OrderId", "customerID", "row key", "uuid", "Order No.", "item #"]
        {
            assert!(is_named_like_identifier(name), "{name}");
        }
        for name in ["paid", "price", "candid", "keys_pressed", "", "VALID"] {
            assert!(!is_named_like_identifier(name), "{name}");
        }
    }
}
