/// Whether a text fits a pattern: `*` stands for any characters, `?` for one, everything else for itself. Takes time
/// in proportion to the product of both lengths at most.
pub fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut seen) = (0, 0);
    // The last star, and how far the text had come there: from here the star takes one character more.
    let mut back: Option<(usize, usize)> = None;
    while seen < text.len() {
        match pattern.get(at) {
            Some('*') => {
                back = Some((at, seen));
                at += 1;
            }
            Some(wanted) if *wanted == '?' || text.get(seen) == Some(wanted) => {
                at += 1;
                seen += 1;
            }
            _ => {
                let Some((star, from)) = back else { return false };
                back = Some((star, from + 1));
                (at, seen) = (star + 1, from + 1);
            }
        }
    }
    pattern.iter().skip(at).all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks_stand_for_others() {
        for (pattern, text, expected) in [
            ("drift.*", "drift.value", true),
            ("drift.*", "nulls.rise", false),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-b-d", false),
            ("pri?e", "price", true),
            ("pri?e", "prie", false),
            ("air time [min]", "air time [min]", true),
            ("größe*", "größe in m", true),
            ("**x", "yyx", true),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
        let long = "a".repeat(2_000);
        assert!(!fits(&format!("{}b", "a*".repeat(100)), &long));
    }
}
