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

/// Texts whose shapes are read together.
pub(super) const AT_ONCE: usize = 4;

/// How often each shape was seen.
#[derive(Debug, Clone)]
pub(super) struct Patterns {
    shapes: Vec<(Shape, u64)>,
    total: u64,
    automaton: Automaton,
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
        let evidence = |count: u64| {
            let as_rare = counts.values().filter(|&&other| other <= count).sum();
            from_share(as_rare, total)
        };
        let mut automaton = Automaton::new(from_share(once + 1, total + 1));
        for (&shape, &count) in &counts {
            automaton.learn(shape, evidence(count));
        }
        let mut shapes: Vec<(Shape, u64)> = counts.into_iter().collect();
        shapes.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        Some(Self { shapes, total, automaton })
    }

    /// Evidence against a text.
    pub(super) fn evidence(&self, text: &str) -> f32 {
        self.automaton.evidence(text.as_bytes())
    }

    /// Evidence against as many texts at once as [`AT_ONCE`]: what takes time is waiting for one step to lead to the
    /// next, and the steps of different texts do not wait for each other.
    pub(super) fn evidence_of_several(&self, texts: [&str; AT_ONCE]) -> [f32; AT_ONCE] {
        self.automaton.evidence_of_several(texts.map(str::as_bytes))
    }

    /// Why: ``text of the form `a-9`, seen in 3 of 27,004 rows; the usual form is `A9` ``.
    pub(super) fn reason(&self, text: &str) -> String {
        let shape = shape(text);
        let seen = match self.shapes.iter().find(|known| known.0 == shape) {
            Some((_, count)) => {
                format!("seen in {} of {}", super::wording::count(*count), super::wording::count(self.total))
            }
            None => "never seen before".to_owned(),
        };
        let usual = self.shapes.first().map(|known| written(known.0)).unwrap_or_default();
        format!("text of the form `{}`, {seen}; the usual form is `{usual}`", written(shape))
    }
}

/// Reads a text one character at a time and knows at its end which shape it has: a tree of all known shapes, in
/// which a character of the same class as the last one stays where it is. One look-up a character and no branch
/// that could be guessed wrong, which is three times as fast as writing the shape down and searching for it.
#[derive(Debug, Clone)]
struct Automaton {
    /// For every byte the number of its class; 0 for the classes that no known shape has.
    symbols: Box<[u8; 256]>,
    /// For every state and class the state that follows.
    next: Vec<[u16; MAX_SYMBOLS]>,
    /// For every state the evidence against a text that ends there.
    evidence: Vec<f32>,
    /// For every state how many classes the shape has that leads to it.
    depth: Vec<u32>,
    classes: u8,
    unseen: f32,
}

/// Classes that the known shapes of a column may have in all, and one for all others. There are 36: digits, two
/// sorts of letters, blanks, 32 marks, and what is none of these.
const MAX_SYMBOLS: usize = 40;

impl Automaton {
    /// The state that no known shape leads to, and that nothing leads away from.
    const LOST: u16 = 0;
    const START: u16 = 1;

    /// An automaton that knows no shape.
    fn new(unseen: f32) -> Self {
        Self {
            symbols: Box::new([0; 256]),
            next: vec![[Self::LOST; MAX_SYMBOLS]; 2],
            evidence: vec![unseen; 2],
            depth: vec![0; 2],
            classes: 0,
            unseen,
        }
    }

    /// Adds a shape and the evidence against texts that have it.
    fn learn(&mut self, shape: Shape, evidence: f32) {
        let mut state = usize::from(Self::START);
        for class in shape.to_be_bytes().into_iter().skip_while(|&class| class == 0) {
            let symbol = self.symbol(class);
            let known = self.next[state][symbol];
            state = usize::from(if known == Self::LOST { self.grow(state, symbol) } else { known });
        }
        self.evidence[state] = evidence;
    }

    fn symbol(&mut self, class: u8) -> usize {
        if self.symbols[usize::from(class)] == 0 {
            self.classes += 1;
            for (byte, symbol) in self.symbols.iter_mut().enumerate() {
                if CLASSES[byte] == class {
                    *symbol = self.classes;
                }
            }
        }
        usize::from(self.symbols[usize::from(class)])
    }

    fn grow(&mut self, from: usize, symbol: usize) -> u16 {
        // At most 32 shapes of 16 classes: far below 2^16.
        let state = self.next.len() as u16;
        let depth = self.depth[from] + 1;
        // A shape that is as long as shapes get stays as it is, whatever follows.
        let mut next = [if depth == MAX_CLASSES { state } else { Self::LOST }; MAX_SYMBOLS];
        next[symbol] = state;
        self.next.push(next);
        self.evidence.push(self.unseen);
        self.depth.push(depth);
        self.next[from][symbol] = state;
        state
    }

    fn evidence(&self, text: &[u8]) -> f32 {
        self.evidence[usize::from(self.follow(Self::START, text.iter().take(MAX_BYTES)))]
    }

    fn evidence_of_several(&self, texts: [&[u8]; AT_ONCE]) -> [f32; AT_ONCE] {
        let texts = texts.map(|text| text.get(..MAX_BYTES).unwrap_or(text));
        let common = texts.iter().map(|text| text.len()).min().unwrap_or_default();
        let mut states = [Self::START; AT_ONCE];
        for at in 0..common {
            for (state, text) in states.iter_mut().zip(&texts) {
                *state = self.step(*state, text[at]);
            }
        }
        let mut evidence = [0.0; AT_ONCE];
        for ((evidence, state), text) in evidence.iter_mut().zip(states).zip(&texts) {
            *evidence = self.evidence[usize::from(self.follow(state, text[common..].iter()))];
        }
        evidence
    }

    fn follow<'a>(&self, state: u16, bytes: impl Iterator<Item = &'a u8>) -> u16 {
        bytes.fold(state, |state, &byte| self.step(state, byte))
    }

    #[inline(always)]
    fn step(&self, state: u16, byte: u8) -> u16 {
        self.next[usize::from(state)][usize::from(self.symbols[usize::from(byte)])]
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
    fn the_automaton_reads_the_shapes_that_are_written_down() {
        let texts =
            ["", "N14228", "ab-12", "Grüße  1", "a,b;c", "x1y2z3-4_5.6:7 8", &"a1".repeat(99), "\u{1}", "ß"];
        let mut automaton = Automaton::new(-1.0);
        let known = [0_usize, 1, 2, 5, 6];
        for index in known {
            automaton.learn(shape(texts[index]), index as f32);
        }
        let (eight, seven) = ("b2".repeat(8), "b2".repeat(7));
        let more = ["N1", "1N", "zz-9", "a1a", &eight, &seven, "-", "+"];
        let all: Vec<&str> = texts.into_iter().chain(more).collect();
        let wanted = |text: &str| {
            let found = known.into_iter().find(|&index| shape(texts[index]) == shape(text));
            found.map_or(-1.0, |index| index as f32)
        };
        for (at, text) in all.iter().enumerate() {
            assert_eq!(automaton.evidence(text.as_bytes()), wanted(text), "{text}");
            let several: [&str; AT_ONCE] = std::array::from_fn(|more| all[(at + more * 3) % all.len()]);
            assert_eq!(automaton.evidence_of_several(several.map(str::as_bytes)), several.map(wanted));
        }
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
