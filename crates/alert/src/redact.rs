/// Shortest secret that is looked for: anything shorter stands in texts by chance.
const MIN_SECRET: usize = 4;
/// What stands in the place of a secret.
const MASK: &str = "***";

/// A text without secrets: themselves, as JSON writes them, and, of those that are addresses, the path.
pub fn redacted(text: &str, secrets: &[String]) -> String {
    let mut forms: Vec<String> = secrets.iter().flat_map(|secret| forms(secret)).collect();
    // The longest first, so that nothing of it is left over.
    forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
    forms.iter().fold(text.to_owned(), |text, form| text.replace(form.as_str(), MASK))
}

fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![secret.to_owned()];
    let trimmed = secret.trim();
    forms.push(trimmed.to_owned());
    let json = serde_json::to_string(trimmed).unwrap_or_default();
    forms.push(json.trim_matches('"').to_owned());
    if let Ok(url) = reqwest::Url::parse(trimmed) {
        forms.push(url.to_string());
        forms.push(url.path().to_owned());
        forms.extend(url.query().map(str::to_owned));
    }
    // `Bearer TOKEN`: the token alone too.
    forms.extend(trimmed.split_whitespace().skip(1).map(str::to_owned));
    forms.retain(|form| form.len() >= MIN_SECRET);
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_blacked_out_in_every_form() {
        let secrets = [
            "https://hooks.example.com/services/T0/B1/xyz?key=12345".to_owned(),
            "Bearer tok\"en-7".to_owned(),
            "abc".to_owned(),
        ];
        let text = "POST https://hooks.example.com/services/T0/B1/xyz?key=12345 failed; /services/T0/B1/xyz; \
                    key=12345; auth tok\"en-7; {\"a\": \"Bearer tok\\\"en-7\"}; abc";
        let expected = "POST *** failed; ***; ***; auth ***; {\"a\": \"***\"}; abc";
        assert_eq!(redacted(text, &secrets), expected);
        assert_eq!(redacted("nothing", &[]), "nothing");
    }
}
