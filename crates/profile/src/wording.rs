use std::collections::BTreeMap;

/// Distinct texts that are kept to judge how a column is worded.
const KEPT: usize = 256;

/// How many words the distinct texts of a column have: of the 256 texts with the smallest hashes, so that the
/// choice does not depend on order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wording {
    words: BTreeMap<u64, u32>,
}

impl Wording {
    /// Hashes from here on need not be offered: they would not be kept.
    pub(crate) fn bound(&self) -> u64 {
        match self.words.last_key_value() {
            Some((&largest, _)) if self.words.len() >= KEPT => largest,
            _ => u64::MAX,
        }
    }

    /// Offers a text by its hash and its beginning, as labels are cut.
    pub(crate) fn offer(&mut self, hash: u64, text: &str) {
        if !self.words.contains_key(&hash) {
            self.offer_words(hash, words(text));
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (&hash, &words) in &other.words {
            self.offer_words(hash, words);
        }
    }

    /// Mean number of words; 0 without texts.
    pub(crate) fn mean_words(&self) -> f64 {
        let total: u64 = self.words.values().map(|&words| u64::from(words)).sum();
        total as f64 / self.words.len().max(1) as f64
    }

    /// Share of texts of at most one word.
    pub(crate) fn single_word_ratio(&self) -> f64 {
        let single = self.words.values().filter(|&&words| words <= 1).count();
        single as f64 / self.words.len().max(1) as f64
    }

    pub(crate) fn entries(&self) -> impl ExactSizeIterator<Item = (u64, u32)> + '_ {
        self.words.iter().map(|(&hash, &words)| (hash, words))
    }

    pub(crate) fn offer_words(&mut self, hash: u64, words: u32) {
        self.words.insert(hash, words);
        if self.words.len() > KEPT {
            self.words.pop_last();
        }
    }
}

fn words(text: &str) -> u32 {
    text.split_whitespace().count() as u32
}
