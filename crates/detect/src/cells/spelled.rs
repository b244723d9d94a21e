//! The same value written differently: equal after case, blanks, marks and accents are folded.

use std::collections::BTreeMap;

use super::suspicion::{Suspicion, Suspicions, outweighs, shown};
use super::values::{Sort, Values};
use crate::wording::thousands;

/// How many times as frequent the usual spelling must be, and from when on that says all it can.
const TIMES: (f64, f64) = (2.0, 20.0);
/// The same for values of one or two letters, where case may mean something.
const TIMES_SHORT: f64 = 20.0;
/// Share of the values that are written in several ways equally often, from which on the way means something.
const MEANINGFUL: f64 = 0.1;

/// Judges the values of a column.
pub(super) fn judge(values: &Values<'_>) -> Suspicions {
    if values.sort != Sort::Text || !values.exact {
        return Vec::new();
    }
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, (text, _)) in values.counts.iter().enumerate() {
        let folded = folded(text);
        if !folded.is_empty() {
            groups.entry(folded).or_default().push(index);
        }
    }
    let count = |index: &usize| values.counts.get(*index).map_or(0, |(_, count)| *count);
    let mut found = Vec::new();
    let mut meaningful = 0_usize;
    for group in groups.values_mut().filter(|group| group.len() > 1) {
        group.sort_by_key(|index| (std::cmp::Reverse(count(index)), *index));
        let [usual, others @ ..] = group.as_slice() else { continue };
        let even = |other: &usize| (count(other) as f64) * TIMES.0 > count(usual) as f64;
        meaningful += usize::from(others.iter().any(even));
        for other in others.iter().filter(|other| !even(other)) {
            found.extend(suspicion(values, *usual, *other).map(|suspicion| (*other, suspicion)));
        }
    }
    if meaningful as f64 > MEANINGFUL * groups.len() as f64 { Vec::new() } else { found }
}

fn suspicion(values: &Values<'_>, usual: usize, other: usize) -> Option<Suspicion> {
    let (usual, many) = values.counts.get(usual).map(|(text, count)| (text.as_ref(), *count))?;
    let (other, few) = values.counts.get(other).map(|(text, count)| (text.as_ref(), *count))?;
    let is_short = usual.chars().filter(|c| c.is_alphanumeric()).count() < 3;
    if is_short && usual.trim() != other.trim() && (many as f64) < TIMES_SHORT * few as f64 {
        return None;
    }
    let how = match () {
        () if usual.trim() == other.trim() => "blanks around it",
        () if usual.to_lowercase() == other.to_lowercase() => "other capitals",
        () if letters(usual) == letters(other) => "other blanks or marks",
        () if unaccented(usual) == unaccented(other) => "other accents",
        () => "other capitals, blanks, marks or accents",
    };
    Some(Suspicion {
        method: "spelled_differently",
        reason: format!("{} with {how}; that is in {} rows", shown(usual), thousands(many)),
        suggestion: Some(usual.to_owned()),
        confidence: 0.7 + 0.27 * outweighs(many, few, TIMES),
    })
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

fn unaccented(text: &str) -> String {
    text.chars().map(plain_letter).collect()
}

/// The text without what spelling varies in. Marks that mean something (`C++`, `C#`) and those between digits
/// (`1.5`, `12-34`) are kept.
pub(super) fn folded(text: &str) -> String {
    let chars: Vec<char> = text.trim().chars().collect();
    let digit_at =
        |place: Option<usize>| place.and_then(|at| chars.get(at)).is_some_and(char::is_ascii_digit);
    let mut out = String::with_capacity(text.len());
    for (place, &c) in chars.iter().enumerate() {
        if c.is_alphanumeric() {
            out.extend(plain_letter(c).to_lowercase());
            continue;
        }
        let within_number = digit_at(place.checked_sub(1)) && digit_at(Some(place + 1));
        let varies = c.is_whitespace()
            || matches!(c, '.' | ',' | '-' | '_' | '\'' | '’' | '"' | '/' | '(' | ')' | ';' | ':');
        if !varies || within_number {
            out.push(c);
        }
    }
    out
}

/// The letter without its accent, for the letters of European languages.
fn plain_letter(c: char) -> char {
    const PLAIN: [(&str, char); 14] = [
        ("àáâãäåāăą", 'a'),
        ("ÀÁÂÃÄÅĀĂĄ", 'A'),
        ("çćč", 'c'),
        ("ÇĆČ", 'C'),
        ("èéêëēęě", 'e'),
        ("ÈÉÊËĒĘĚ", 'E'),
        ("ìíîïīı", 'i'),
        ("ÌÍÎÏĪİ", 'I'),
        ("ñńň", 'n'),
        ("ÑŃŇ", 'N'),
        ("òóôõöøō", 'o'),
        ("ÒÓÔÕÖØŌ", 'O'),
        ("ùúûüūů", 'u'),
        ("ÙÚÛÜŪŮ", 'U'),
    ];
    const OTHERS: [(char, char); 12] = [
        ('ś', 's'),
        ('š', 's'),
        ('ş', 's'),
        ('ý', 'y'),
        ('ÿ', 'y'),
        ('ź', 'z'),
        ('ż', 'z'),
        ('ž', 'z'),
        ('ł', 'l'),
        ('ď', 'd'),
        ('ť', 't'),
        ('ř', 'r'),
    ];
    if c.is_ascii() {
        return c;
    }
    let lower = c.to_lowercase().next().unwrap_or(c);
    if let Some((_, plain)) = OTHERS.iter().find(|(accented, _)| *accented == lower) {
        return if lower == c { *plain } else { plain.to_ascii_uppercase() };
    }
    PLAIN.iter().find(|(accented, _)| accented.contains(c)).map_or(c, |(_, plain)| *plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_fold_to_one() {
        for (a, b) in
            [("New York", "new-york"), ("U.S.A.", "USA"), ("Köln", "KOLN"), (" x ", "x"), ("Łódź", "Lodz")]
        {
            assert_eq!(folded(a), folded(b));
        }
        for (a, b) in [("C", "C++"), ("1.5", "15"), ("12-34", "1234"), ("a1", "a2")] {
            assert_ne!(folded(a), folded(b));
        }
    }

    #[test]
    fn the_usual_spelling_is_suggested() {
        let values =
            Values::made_of("land", &[("Germany", 90), ("germany", 2), ("Germany ", 1), ("France", 50)]);
        let found = judge(&values);
        let told: Vec<(&str, &str)> = found
            .iter()
            .map(|(index, suspicion)| {
                (values.counts[*index].0.as_ref(), suspicion.suggestion.as_deref().unwrap())
            })
            .collect();
        assert_eq!(told, [("germany", "Germany"), ("Germany ", "Germany")]);
        let cased = Values::made_of("code", &[("aB", 9), ("Ab", 9), ("xY", 8), ("Xy", 7)]);
        assert!(judge(&cased).is_empty(), "capitals mean something here");
    }
}
