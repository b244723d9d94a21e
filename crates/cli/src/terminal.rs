//! What the reader's screen can do.

use std::env;
use std::io::{IsTerminal as _, stdout};

use driftline_export::{Charset, Colour};

/// Width where nobody says.
const USUAL_WIDTH: usize = 80;
/// Beyond this, lines are hard to follow.
const MAX_WIDTH: usize = 160;

/// Columns of standard output.
pub(crate) fn width() -> usize {
    let told = || env::var("COLUMNS").ok()?.parse::<usize>().ok().filter(|&width| width > 0);
    let seen = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    let width = if stdout().is_terminal() { seen().or_else(told) } else { told() };
    width.unwrap_or(USUAL_WIDTH).min(MAX_WIDTH)
}

/// Whether standard output is painted: on a terminal, unless somebody says no.
pub(crate) fn colour(no_color: bool) -> Colour {
    let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    if no_color || set("NO_COLOR") {
        return Colour::Off;
    }
    if env::var_os("CLICOLOR_FORCE").is_some_and(|value| value != "0" && !value.is_empty()) {
        return Colour::On;
    }
    let dumb = env::var_os("TERM").is_some_and(|value| value == "dumb");
    if stdout().is_terminal() && !dumb { Colour::On } else { Colour::Off }
}

/// What characters can be shown: ASCII where the locale names another encoding than UTF-8. Where no locale is
/// set at all, as in most containers, the screen is taken to be a modern one.
pub(crate) fn charset() -> Charset {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(|name| env::var(name).ok())
        .find(|value| !value.is_empty());
    match locale {
        Some(locale) if !is_utf8(&locale) => Charset::Ascii,
        _ => Charset::Unicode,
    }
}

fn is_utf8(locale: &str) -> bool {
    let locale = locale.to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales_name_their_encoding() {
        assert!(is_utf8("de_CH.UTF-8") && is_utf8("C.utf8"));
        assert!(!is_utf8("C") && !is_utf8("de_DE.ISO-8859-1"));
    }
}
