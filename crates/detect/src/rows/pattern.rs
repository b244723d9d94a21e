//! Rarity of the character shapes of texts that are themselves too various to be counted.

use std::collections::BTreeMap;

use super::evidence::from_share;

/// Characters of a shape; runs of one class count as one.
const MAX_CLASSES: u32 = 16;

/// Bytes of a text that are looked at.
const MAX_BYTES: usize = 48;

/// Different shapes up to which a column counts as having shapes at all.
const MAX_SHAPES: usize = 32;

/// Texts that must have been seen.
const LEAST_TEXTS: u64 = 100;

/// How often each shape was seen.
#[derive(Debug, Clone)]
pub(super) struct Patterns {
    shapes: Vec<(Shape, u64, f32)>,
    total: u64,
    unseen: f32,
}

/// The classes of the characters of a text, runs as one, the first in the highest byte that is not zero:
/// `N14228` is `A9`, `ab-12` is `a-9`.
type Shape = u128;

impl Patterns {
    /// Learns the shapes of texts with their counts. Nothing comes of fewer than 100 texts, of one shape seen
    /// in fewer than 100 texts, and of prose, which has more than 32 shapes.
    pub(super) fn fit<'a>(texts: impl Iterator<Item = (&'a str, u64)>) -> Option<Self> {
        let mut counts = BTreeMap::<Shape, u64>::new();
        for (text, count) in texts {
            *counts.entry(shape(text)).or_default() += count;
            if counts.len() > MAX_SHAPES {
                return None;
            }
        }
        let total: u64 = counts.values().sum();
        let once = counts.values().filter(|&&count| count == 1).count() as u64;
        if total < LEAST_TEXTS {
            return None;
        }
        let mut shapes: Vec<(Shape, u64, f32)> = counts
            .iter()
            .map(|(&shape, &count)| {
                let as_rare = counts.values().filter(|&&other| other <= count).sum();
                (shape, count, from_share(as_rare, total))
            })
            .collect();
        shapes.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        Some(Self { shapes, total, unseen: from_share(once + 1, total + 1) })
    }

    /// Evidence against a text; most frequent shapes are found first.
    pub(super) fn evidence(&self, text: &str) -> f32 {
        let shape = shape(text);
        self.shapes.iter().find(|known| known.0 == shape).map_or(self.unseen, |known| known.2)
    }

    /// Why: ``text of the form `a-9`, seen in 3 of 27,004 rows; the usual form is `A9` ``.
    pub(super) fn reason(&self, text: &str) -> String {
        let shape = shape(text);
        let seen = match self.shapes.iter().find(|known| known.0 == shape) {
            Some((_, count, _)) => {
                format!("seen in {} of {}", super::wording::count(*count), super::wording::count(self.total))
            }
            None => "never seen before".to_owned(),
        };
        let usual = self.shapes.first().map(|known| written(known.0)).unwrap_or_default();
        format!("text of the form `{}`, {seen}; the usual form is `{usual}`", written(shape))
    }
}

fn shape(text: &str) -> Shape {
    let mut shape = 0;
    let mut last = 0;
    for &byte in text.as_bytes().iter().take(MAX_BYTES) {
        let class = CLASSES[usize::from(byte)];
        if class != last {
            if shape >> (8 * (MAX_CLASSES - 1)) != 0 {
                break;
            }
            shape = shape << 8 | u128::from(class);
            last = class;
        }
    }
    shape
}

/// The class of every byte: a table, because texts are looked at byte by byte.
static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = class_of(byte as u8);
        byte += 1;
    }
    classes
};

/// Bytes of characters beyond ASCII count as letters.
const fn class_of(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => b'9',
        b'A'..=b'Z' => b'A',
        b'a'..=b'z' | 128.. => b'a',
        b'\t' | b'\n' | b'\r' | b' ' => b' ',
        0..=31 | 127 => b'?',
        other => other,
    }
}

fn written(shape: Shape) -> String {
    shape.to_be_bytes().iter().skip_while(|&&class| class == 0).map(|&class| char::from(class)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_collapse_runs() {
        for (text, form) in [("N14228", "A9"), ("ab-12", "a-9"), ("", ""), ("Grüße  1", "Aa 9")] {
            assert_eq!(written(shape(text)), form);
        }
        assert_eq!(written(shape(&"a1".repeat(99))).len(), MAX_CLASSES as usize);
    }

    #[test]
    fn an_odd_shape_is_strange() {
        let texts: Vec<String> = (0..1000).map(|i| format!("N{i:05}")).collect();
        let patterns = Patterns::fit(texts.iter().map(|text| (text.as_str(), 1))).unwrap();
        assert_eq!(patterns.evidence("N99999"), 0.0);
        assert!(patterns.evidence("99999N") > 6.0);
        let reason = patterns.reason("99999N");
        assert_eq!(reason, "text of the form `9A`, never seen before; the usual form is `A9`");
        assert!(Patterns::fit(texts.iter().take(50).map(|text| (text.as_str(), 1))).is_none());
    }
}
