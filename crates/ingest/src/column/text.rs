//! Text as views into the raw bytes.

use std::sync::Arc;

use arrow_array::{ArrayRef, StringViewArray};
use arrow_buffer::{Buffer, ScalarBuffer};

use super::builder::CellContext;
use super::gaps::Gaps;
use crate::scan::{Cells, unquote};

/// Longest text that a view holds in itself (Arrow columnar format, "Variable-size Binary View Layout").
const INLINE: usize = 12;

/// A column of text under construction. Buffer 0 of its views is the raw text, buffer 1 the side buffer with
/// the cells that had to be rewritten.
#[derive(Debug, Default)]
pub(crate) struct Text {
    views: Vec<u128>,
    gaps: Gaps,
}

impl Text {
    pub(crate) fn reserve(&mut self, rows: usize) {
        self.views.reserve_exact(rows);
    }

    pub(crate) fn append(&mut self, cells: Cells<'_>, context: &CellContext<'_>, side: &mut Vec<u8>) {
        let text = cells.text();
        let Self { views, gaps } = self;
        let mut row = views.len();
        views.extend(cells.spans().map(|(start, end)| {
            let plain = plain_view(text, start, end, context);
            let view = match plain {
                Some(view) => view,
                None => special_view(text, (start, end), context, side).unwrap_or_else(|| {
                    gaps.null(row);
                    0
                }),
            };
            row += 1;
            view
        }));
    }

    /// The array. `buffers` are the raw text and the side buffer, both valid UTF-8.
    pub(crate) fn finish(self, buffers: &Arc<[Buffer]>) -> (ArrayRef, Vec<u32>) {
        let (nulls, failures) = self.gaps.finish(self.views.len());
        let views = ScalarBuffer::from(self.views);
        // SAFETY: every view was made by `view` from a span inside one of the two buffers, with its length, its
        // first bytes and its buffer's number. Both buffers are valid UTF-8 as a whole or hold only records that
        // are, and spans begin and end beside ASCII bytes, so no character is cut.
        let array = unsafe { StringViewArray::new_unchecked(views, Arc::clone(buffers), nulls) };
        (Arc::new(array), failures)
    }
}

/// The view of a cell that is neither quoted nor possibly "no value".
#[inline(always)]
fn plain_view(text: &[u8], start: usize, end: usize, context: &CellContext<'_>) -> Option<u128> {
    let window = text.get(start..)?.first_chunk::<16>()?;
    let len = end - start;
    if context.text_special.may_match(window[0], len) || text.get(end - 1).is_some_and(|last| *last <= b' ') {
        return None;
    }
    Some(view(*window, len, 0, start))
}

/// The view of any cell, none for "no value".
#[cold]
#[inline(never)]
fn special_view(
    text: &[u8],
    (start, end): (usize, usize),
    context: &CellContext<'_>,
    side: &mut Vec<u8>,
) -> Option<u128> {
    let raw = text.get(start..end).unwrap_or_default();
    let content = unquote(raw, context.quote);
    if context.nulls.matches(&content) {
        return None;
    }
    let mut window = [0; 16];
    for (slot, byte) in window.iter_mut().zip(content.iter()) {
        *slot = *byte;
    }
    match content {
        std::borrow::Cow::Borrowed(content) => {
            let skipped = usize::from(raw.first() == Some(&context.quote));
            Some(view(window, content.len(), 0, start + skipped))
        }
        std::borrow::Cow::Owned(content) => {
            let at = side.len();
            if content.len() > INLINE {
                side.extend_from_slice(&content);
            }
            Some(view(window, content.len(), 1, at))
        }
    }
}

/// The view of `len` bytes at `offset` of buffer `buffer`; `window` holds the first of them.
#[inline(always)]
fn view(window: [u8; 16], len: usize, buffer: u128, offset: usize) -> u128 {
    let bytes = u128::from_le_bytes(window);
    if len <= INLINE {
        let kept = bytes & ((1 << (8 * len)) - 1);
        (kept << 32) | len as u128
    } else {
        let prefix = bytes & 0xFFFF_FFFF;
        (offset as u128) << 96 | buffer << 64 | prefix << 32 | len as u128
    }
}
