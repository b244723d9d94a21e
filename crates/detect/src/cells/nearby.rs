//! Texts that differ by one or two slips of a finger.

use std::collections::HashMap;

use driftline_stats::hash::hash_bytes;

/// Texts with more characters are not compared.
pub(super) const MOST_CHARS: usize = 64;

/// Slips that a word of so many characters may have: among short words, near neighbours are other words.
pub(super) fn slips_allowed(chars: usize) -> usize {
    match chars {
        0..4 => 0,
        4..8 => 1,
        8..=24 => 2,
        // What is left of long texts after two deletions would fill the memory.
        _ => 1,
    }
}

/// Insertions, deletions, substitutions and swaps of neighbours that lead from `a` to `b`, where they are at most
/// `most` (optimal string alignment; Damerau 1964, Wagner and Fischer 1974). Time `a` x `b`.
pub(super) fn slips(a: &[char], b: &[char], most: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], place: usize| row.get(place).copied().unwrap_or(usize::MAX / 2);
            let mut least =
                (at(&above, j) + usize::from(x != y)).min(at(&above, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                least = least.min(at(&before, j - 1) + 1);
            }
            row.push(least);
        }
        if row.iter().all(|cost| *cost > most) {
            return None;
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().filter(|cost| *cost <= most)
}

/// Finds known texts near a text by what is left of both when characters are taken away (Garbe 2012, "symmetric
/// delete"): two texts that are at most `k` slips apart have something in common after at most `k` deletions each.
#[derive(Debug, Default)]
pub(super) struct NearIndex {
    by_rest: HashMap<u64, Vec<u32>>,
}

impl NearIndex {
    /// Adds text number `number`.
    pub(super) fn add(&mut self, number: u32, text: &str) {
        for rest in rests(text) {
            let numbers = self.by_rest.entry(rest).or_default();
            if numbers.last() != Some(&number) {
                numbers.push(number);
            }
        }
    }

    /// Numbers of texts that may be near, rising.
    pub(super) fn candidates(&self, text: &str) -> Vec<u32> {
        let mut found: Vec<u32> =
            rests(text).filter_map(|rest| self.by_rest.get(&rest)).flatten().copied().collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Hashes of a text and of what is left of it after the deletions that its length allows.
fn rests(text: &str) -> impl Iterator<Item = u64> {
    let chars: Vec<char> = text.chars().collect();
    let deletions = slips_allowed(chars.len() + 1);
    let mut all = vec![hash_bytes(text.as_bytes())];
    let without = |skipped: [usize; 2]| {
        let kept = chars.iter().enumerate().filter(|(place, _)| !skipped.contains(place)).map(|(_, c)| c);
        hash_bytes(kept.collect::<String>().as_bytes())
    };
    for first in 0..if deletions > 0 { chars.len() } else { 0 } {
        all.push(without([first, first]));
        if deletions > 1 {
            all.extend((first + 1..chars.len()).map(|second| without([first, second])));
        }
    }
    all.sort_unstable();
    all.dedup();
    all.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apart(a: &str, b: &str) -> Option<usize> {
        slips(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>(), 2)
    }

    #[test]
    fn slips_are_counted() {
        assert_eq!(apart("london", "london"), Some(0));
        assert_eq!(apart("london", "lodnon"), Some(1));
        assert_eq!(apart("london", "londn"), Some(1));
        assert_eq!(apart("london", "lxndxn"), Some(2));
        assert_eq!(apart("london", "paris"), None);
        assert_eq!(apart("ü", "u"), Some(1));
        assert_eq!(apart("", "ab"), Some(2));
    }

    #[test]
    fn near_texts_are_found_by_what_they_have_in_common() {
        let mut index = NearIndex::default();
        for (number, text) in ["birmingham", "london", "york"].into_iter().enumerate() {
            index.add(number as u32, text);
        }
        assert_eq!(index.candidates("brimingxam"), [0]);
        assert_eq!(index.candidates("lodnon"), [1]);
        assert_eq!(index.candidates("yorc"), [2]);
        assert_eq!(index.candidates("madrid"), [0_u32; 0]);
    }
}
