/// Tells whether a cell spells "no value". An empty or blank cell always does.
#[derive(Debug, Clone)]
pub(crate) struct NullSpellings {
    /// Trimmed and in lower case.
    spellings: Vec<Box<[u8]>>,
    /// For every first byte a set of lengths (bit 63: 63 and more) that need a closer look. Blanks need it always.
    lengths: [u64; 256],
}

impl NullSpellings {
    /// These spellings, whatever blanks stand around them and whatever their case.
    pub(crate) fn new(spellings: &[String]) -> Self {
        let spellings: Vec<Box<[u8]>> = spellings
            .iter()
            .map(|spelling| spelling.trim_ascii().to_ascii_lowercase())
            .filter(|spelling| !spelling.is_empty())
            .map(|spelling| spelling.into_bytes().into())
            .collect();
        // Bit 0: an empty cell, whatever the byte behind it.
        let mut lengths = [1_u64; 256];
        for blank in [b' ', b'\t', b'\n', b'\r', b'\x0C'] {
            if let Some(slot) = lengths.get_mut(usize::from(blank)) {
                *slot = u64::MAX;
            }
        }
        for spelling in &spellings {
            let bit = 1_u64 << spelling.len().min(63);
            for first in spelling.first().into_iter().flat_map(|b| [*b, b.to_ascii_uppercase()]) {
                if let Some(slot) = lengths.get_mut(usize::from(first)) {
                    *slot |= bit;
                }
            }
        }
        Self { spellings, lengths }
    }

    /// The spellings; [`Self::new`] makes the same of them.
    pub(crate) fn written(&self) -> Vec<String> {
        self.spellings.iter().map(|spelling| String::from_utf8_lossy(spelling).into_owned()).collect()
    }

    /// Also asks for a closer look at every cell that starts with `byte`.
    pub(crate) fn suspect(&mut self, byte: u8) {
        if let Some(slot) = self.lengths.get_mut(usize::from(byte)) {
            *slot = u64::MAX;
        }
    }

    /// Whether a cell of `len` bytes that starts with `first` needs a closer look. No cell without a blank at its
    /// end needs it when this says no.
    #[inline(always)]
    pub(crate) fn may_match(&self, first: u8, len: usize) -> bool {
        // The table has an element for every byte.
        self.lengths.get(usize::from(first)).is_some_and(|set| set >> len.min(63) & 1 == 1)
    }

    /// Whether the content of a cell (quotes gone) spells "no value".
    pub(crate) fn matches(&self, cell: &[u8]) -> bool {
        let word = cell.trim_ascii();
        word.is_empty() || self.spellings.iter().any(|spelling| word.eq_ignore_ascii_case(spelling))
    }

    /// Whether a spelling passes `test`, so that it would be taken for a value.
    pub(crate) fn any(&self, test: impl Fn(&[u8]) -> bool) -> bool {
        self.spellings.iter().any(|spelling| test(spelling))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_match_in_any_case_and_the_quick_look_never_misses() {
        let spellings = NullSpellings::new(&["NA".to_owned(), " n/a ".to_owned(), "-".to_owned()]);
        for cell in ["", " ", "na", "NA", "Na", " na", "N/A", "-"] {
            assert!(spellings.matches(cell.as_bytes()), "{cell}");
            let first = cell.bytes().next().unwrap_or(b'x');
            assert!(spellings.may_match(first, cell.len()), "{cell}");
        }
        for cell in ["nan", "n", "--", "-1", "NAME"] {
            assert!(!spellings.matches(cell.as_bytes()), "{cell}");
        }
        assert!(!spellings.may_match(b'N', 4) && !spellings.may_match(b'x', 2));
    }
}
