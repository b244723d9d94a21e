//! The built dashboard as bytes in the program.
//!
//! `make web` builds it into `web/dist`. Without that the program can be built all the same; it then has no
//! dashboard, and says so where somebody looks for it. Knows nothing of HTTP and of what the pages show.

use std::borrow::Cow;

use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Built;

/// The page that all addresses of the dashboard begin with.
const INDEX: &str = "index.html";

/// The report page that the HTML export fills; not a page of the dashboard.
const REPORT: &str = "report.html";

/// What is shown in the place of a dashboard that was not built.
const MISSING: &str = include_str!("missing.html");

/// Compressed forms in the order of preference: the name that HTTP has for it, and the ending of its file.
const ENCODINGS: [(&str, &str); 2] = [("br", "br"), ("gzip", "gz")];

/// A file of the dashboard.
#[derive(Debug, Clone)]
pub struct WebFile {
    /// Its content, compressed as `encoding` says.
    pub bytes: Cow<'static, [u8]>,
    /// What it is.
    pub media_type: &'static str,
    /// How it is compressed: `br`, `gzip`, or not at all.
    pub encoding: Option<&'static str>,
    /// SHA-256 of this form of it, as hexadecimal digits.
    pub hash: String,
    /// Whether its name changes with its content, so that it may be kept for ever.
    pub is_immutable: bool,
}

/// Whether the program has a dashboard.
pub fn is_built() -> bool {
    Built::get(INDEX).is_some()
}

/// A file by its path without the leading slash; nothing when there is none. `accepts` says whether who asks
/// understands an encoding.
pub fn file(path: &str, accepts: impl Fn(&str) -> bool) -> Option<WebFile> {
    let is_hidden =
        path == REPORT || ENCODINGS.iter().any(|(_, ending)| path.ends_with(&format!(".{ending}")));
    if is_hidden || path.is_empty() {
        return None;
    }
    let compressed = ENCODINGS
        .iter()
        .filter(|(encoding, _)| accepts(encoding))
        .find_map(|(encoding, ending)| Some((Some(*encoding), Built::get(&format!("{path}.{ending}"))?)));
    let (encoding, found) = match compressed {
        Some(found) => found,
        None => (None, Built::get(path)?),
    };
    Some(web_file(path, encoding, found))
}

/// The page that the dashboard begins with, or the one that says how to build it.
pub fn index(accepts: impl Fn(&str) -> bool) -> WebFile {
    file(INDEX, accepts).unwrap_or_else(|| WebFile {
        bytes: Cow::Borrowed(MISSING.as_bytes()),
        media_type: "text/html; charset=utf-8",
        encoding: None,
        hash: String::new(),
        is_immutable: false,
    })
}

/// The page that the HTML export fills with a report; nothing when the program has no dashboard.
pub fn report_page() -> Option<Cow<'static, str>> {
    match Built::get(REPORT)?.data {
        Cow::Borrowed(bytes) => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        Cow::Owned(bytes) => String::from_utf8(bytes).ok().map(Cow::Owned),
    }
}

fn web_file(path: &str, encoding: Option<&'static str>, found: EmbeddedFile) -> WebFile {
    let hash = found.metadata.sha256_hash().iter().map(|byte| format!("{byte:02x}")).collect();
    WebFile {
        bytes: found.data,
        media_type: media_type(path),
        encoding,
        hash,
        is_immutable: path.starts_with("assets/"),
    }
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        "json" => "application/json",
        "png" => "image/png",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_always_a_page_to_begin_with() {
        let page = index(|_| false);
        assert_eq!(page.media_type, "text/html; charset=utf-8");
        assert_eq!(page.encoding, None);
        assert!(String::from_utf8_lossy(&page.bytes).contains("Driftline"));
    }

    #[test]
    fn only_files_of_the_dashboard_are_handed_out() {
        for path in ["", "../Cargo.toml", "index.html.br", "report.html", "assets/none.js"] {
            assert!(file(path, |_| true).is_none(), "{path}");
        }
    }

    #[test]
    fn what_was_built_comes_compressed_to_those_who_understand_it() {
        // Where the dashboard was not built there is nothing to look at.
        let Some(plain) = file("theme.js", |_| false).filter(|_| is_built()) else { return };
        assert_eq!(plain.encoding, None);
        let page = index(|encoding| encoding == "gzip");
        assert!(page.encoding.is_none_or(|encoding| encoding == "gzip"));
        assert_eq!(page.hash.len(), 64);
    }
}
