//! Broken characters in text that is UTF-8 elsewhere.

/// The text with every byte that is no character read as Windows-1252 has it, which is where such bytes come
/// from most of the time; nothing when all is well.
pub(crate) fn mended(text: &[u8]) -> Option<Vec<u8>> {
    if simdutf8::basic::from_utf8(text).is_ok() {
        return None;
    }
    let mut mended = Vec::with_capacity(text.len() + 16);
    for chunk in text.utf8_chunks() {
        mended.extend_from_slice(chunk.valid().as_bytes());
        let (broken, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(chunk.invalid());
        mended.extend_from_slice(broken.as_bytes());
    }
    Some(mended)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stray_bytes_become_characters() {
        assert_eq!(mended(b"a,b"), None);
        assert_eq!(mended(b"caf\xE9,\xC3\xA9").unwrap(), "caf\u{e9},\u{e9}".as_bytes());
    }
}
