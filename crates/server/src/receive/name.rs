/// Characters of a name that are kept.
const MAX_NAME: usize = 200;

/// What a file without a usable name is called.
const NO_NAME: &str = "unnamed";

/// A name as people see it: the last part of what may be a path, without characters that cannot be seen or that
/// reorder what stands beside them. It is only ever shown; no file is named by it.
pub(crate) fn sanitised(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let visible: String = last.chars().filter(|character| !is_hidden(*character)).collect();
    let name: String = visible.trim().chars().take(MAX_NAME).collect();
    match name.trim_end() {
        "" | "." | ".." => NO_NAME.to_owned(),
        name => name.to_owned(),
    }
}

fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_paths_and_hide_nothing() {
        for (name, kept) in [
            ("sales 2024.csv", "sales 2024.csv"),
            ("../../etc/passwd", "passwd"),
            ("C:\\data\\über.csv", "über.csv"),
            ("a\0b\n.csv", "ab.csv"),
            ("fdp\u{202e}vsc.csv", "fdpvsc.csv"),
            ("..", NO_NAME),
            ("folder/", NO_NAME),
            (" \u{200b} ", NO_NAME),
        ] {
            assert_eq!(sanitised(name), kept);
        }
        assert_eq!(sanitised(&"ü".repeat(10_000)).chars().count(), MAX_NAME);
    }
}
