/// Longest label, sampled text or counted text that is kept, in bytes.
pub(crate) const MAX_TEXT_BYTES: usize = 256;

/// The text behind each counted hash: kept once, cut to [`MAX_TEXT_BYTES`], with its full length in characters.
#[derive(Debug, Clone, Default)]
pub(crate) struct Labels {
    arena: String,
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    hash: u64,
    /// Where the label starts in the arena; it ends where the next one starts.
    start: u32,
    chars: u32,
}

/// One label with what belongs to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Label<'a> {
    pub(crate) hash: u64,
    pub(crate) chars: u32,
    pub(crate) text: &'a str,
}

impl Labels {
    /// Bytes of all labels together.
    pub(crate) fn bytes(&self) -> usize {
        self.arena.len()
    }

    /// Keeps the label of a new hash.
    pub(crate) fn push(&mut self, hash: u64, text: &str) {
        self.push_cut(hash, text.chars().count() as u32, cut(text));
    }

    /// Keeps a label that was cut already.
    pub(crate) fn push_cut(&mut self, hash: u64, chars: u32, text: &str) {
        // The arena is bounded by the limit on label bytes, far below 4 GiB.
        self.entries.push(Entry { hash, start: self.arena.len() as u32, chars });
        reserve_quarter(&mut self.arena, text.len());
        self.arena.push_str(text);
    }

    /// All labels in the order they came.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Label<'_>> + '_ {
        self.entries.iter().enumerate().map(|(index, entry)| {
            let end = self.entries.get(index + 1).map_or(self.arena.len(), |next| next.start as usize);
            let text = self.arena.get(entry.start as usize..end).unwrap_or("");
            Label { hash: entry.hash, chars: entry.chars, text }
        })
    }
}

/// Makes room for `bytes` more, growing by a quarter and not by doubling: these are the largest buffers of a
/// profile, and they grow seldom.
pub(crate) fn reserve_quarter(arena: &mut String, bytes: usize) {
    if arena.capacity() - arena.len() < bytes {
        arena.reserve_exact(bytes.max(arena.len() / 4));
    }
}

/// The beginning of a text, at most [`MAX_TEXT_BYTES`] long and never ending within a character.
pub(crate) fn cut(text: &str) -> &str {
    if text.len() <= MAX_TEXT_BYTES { text } else { &text[..text.floor_char_boundary(MAX_TEXT_BYTES)] }
}
