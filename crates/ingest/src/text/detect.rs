//! Which encoding a text is written in.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};

use crate::dialect::Encoding;

/// Share of zero bytes on one side of the pairs from which text without a mark is UTF-16.
const ZERO_SHARE: f64 = 0.4;
/// Share of broken characters up to which a text that is UTF-8 elsewhere stays UTF-8.
const BROKEN_SHARE: f64 = 0.2;

/// Characters beyond ASCII from which their frequency tells the encoding.
const SURE_CHARACTERS: usize = 20;

/// An encoding and why.
#[derive(Debug, Clone)]
pub(crate) struct FoundEncoding {
    pub(crate) encoding: Encoding,
    /// Bytes of a byte-order mark that the reader has to skip itself; only in UTF-8.
    pub(crate) mark_bytes: usize,
    pub(crate) confidence: f64,
    pub(crate) reason: String,
}

impl FoundEncoding {
    fn new(encoding: Encoding, confidence: f64, reason: &str) -> Self {
        Self { encoding, mark_bytes: 0, confidence, reason: reason.to_owned() }
    }
}

/// Tells the encoding by a byte-order mark, by the zeros of UTF-16, by what is valid UTF-8, and else by the
/// frequency of characters.
pub(crate) fn find_encoding(bytes: &[u8], wanted: Option<Encoding>) -> FoundEncoding {
    let marked = encoding_rs::Encoding::for_bom(bytes);
    if let Some(encoding) = wanted {
        let mut found = FoundEncoding::new(encoding, 1.0, "as asked for");
        if let (true, Some((_, len))) =
            (encoding.is_utf8(), marked.filter(|(of, _)| *of == encoding_rs::UTF_8))
        {
            found.mark_bytes = len;
        }
        return found;
    }
    if let Some((encoding, len)) = marked {
        let encoding = Encoding::of(encoding);
        let mark_bytes = if encoding.is_utf8() { len } else { 0 };
        return FoundEncoding { mark_bytes, ..FoundEncoding::new(encoding, 1.0, "a byte-order mark") };
    }
    if let Some(found) = utf16(bytes) {
        return found;
    }
    match simdutf8::compat::from_utf8(bytes) {
        Ok(_) if bytes.is_ascii() => return FoundEncoding::new(Encoding::UTF_8, 1.0, "only ASCII was seen"),
        Ok(_) => return FoundEncoding::new(Encoding::UTF_8, 0.99, "everything seen is valid UTF-8"),
        // A character cut at the end of what was looked at is no fault.
        Err(error) if error.error_len().is_none() => {
            return FoundEncoding::new(Encoding::UTF_8, 0.99, "everything seen is valid UTF-8");
        }
        Err(_) => {}
    }
    let (good, broken) = characters(bytes);
    if (broken as f64) < BROKEN_SHARE * (good + broken) as f64 {
        return FoundEncoding::new(
            Encoding::UTF_8,
            0.7,
            "nearly all characters are valid UTF-8, some are broken",
        );
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    let encoding = detector.guess(None, Utf8Detection::Deny);
    // A handful of characters says little about how often they occur.
    let confidence = if good + broken >= SURE_CHARACTERS { 0.8 } else { 0.5 };
    FoundEncoding::new(Encoding::of(encoding), confidence, "not UTF-8; told by how often characters occur")
}

fn utf16(bytes: &[u8]) -> Option<FoundEncoding> {
    let pairs = bytes.chunks_exact(2);
    let count = pairs.len();
    if count < 4 {
        return None;
    }
    let (mut first, mut second) = (0_usize, 0_usize);
    for pair in pairs {
        first += usize::from(pair.first() == Some(&0));
        second += usize::from(pair.get(1) == Some(&0));
    }
    let share = |zeros: usize| zeros as f64 / count as f64;
    let found = |encoding| FoundEncoding::new(Encoding::of(encoding), 0.95, "every second byte is zero");
    if share(second) >= ZERO_SHARE && share(first) < 0.05 {
        return Some(found(encoding_rs::UTF_16LE));
    }
    if share(first) >= ZERO_SHARE && share(second) < 0.05 {
        return Some(found(encoding_rs::UTF_16BE));
    }
    None
}

/// Characters beyond ASCII that are valid UTF-8, and places that are not.
fn characters(bytes: &[u8]) -> (usize, usize) {
    let (mut good, mut broken) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|character| !character.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    (good, broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(bytes: &[u8]) -> String {
        find_encoding(bytes, None).encoding.name()
    }

    #[test]
    fn encodings_are_told_by_their_bytes() {
        assert_eq!(name(b"a,b\n1,2\n"), "utf-8");
        assert_eq!(name("a,\u{e9}\n".as_bytes()), "utf-8");
        assert_eq!(find_encoding(b"\xEF\xBB\xBFa\n", None).mark_bytes, 3);
        assert_eq!(name(b"\xFF\xFEa\0,\0b\0\n\0"), "utf-16le");
        let wide: Vec<u8> =
            "name,city\nJos\u{e9},K\u{f6}ln\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(name(&wide), "utf-16be");
        assert_eq!(name(b"nom,ville\nR\xE9mi,Orl\xE9ans\nZo\xE9,N\xEEmes\n"), "windows-1252");
        let (bytes, ..) = encoding_rs::SHIFT_JIS.encode("\u{540d}\u{524d},\u{90fd}\u{5e02}\n\u{592a}\u{90ce},\u{6771}\u{4eac}\n\u{82b1}\u{5b50},\u{5927}\u{962a}\u{306e}\u{753a}\n");
        assert_eq!(name(&bytes), "shift_jis");
        let (bytes, ..) = encoding_rs::GBK.encode("\u{59d3}\u{540d},\u{57ce}\u{5e02}\n\u{738b}\u{4f1f},\u{5317}\u{4eac}\u{5e02}\u{671d}\u{9633}\u{533a}\n\u{674e}\u{5a1c},\u{4e0a}\u{6d77}\u{5e02}\n");
        assert!(["gbk", "gb18030"].contains(&name(&bytes).as_str()), "{}", name(&bytes));
        let mut mostly = "\u{e9}".repeat(40).into_bytes();
        mostly.push(0xE9);
        mostly.push(b',');
        assert_eq!(name(&mostly), "utf-8");
    }
}
