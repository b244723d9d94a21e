//! What texts look like: length, beginning, end, blanks, patterns.

use regex::{Regex, RegexBuilder};

use super::columns::{counts, counts_words};
use super::info::{Registered, RuleInfo, RulePlace, RuleScope, Shape, optional, required};
use super::judge::{Columns, Judge, NotBound, RowJudge, Rule};
use super::parameters::Parameters;
use super::words::short;

/// Longest pattern, in bytes.
const MAX_PATTERN_BYTES: usize = 1_000;
/// Memory that a compiled pattern may take, and its lazily built automaton.
const MAX_PATTERN_MEMORY: usize = 1 << 20;

const fn info(
    id: &'static str,
    name: &'static str,
    summary: &'static str,
    example: &'static str,
) -> RuleInfo {
    RuleInfo {
        id,
        name,
        scope: RuleScope::Row,
        place: RulePlace::Column,
        summary,
        tolerance: true,
        parameters: &[],
        example,
        great_expectations: &[],
        deequ: &[],
    }
}

pub(crate) static LENGTH: Registered = Registered {
    info: RuleInfo {
        parameters: &[
            optional("min", Shape::Count, "least number of characters"),
            optional("max", Shape::Count, "greatest number of characters"),
        ],
        great_expectations: &[
            "expect_column_value_lengths_to_be_between",
            "expect_column_value_lengths_to_equal",
        ],
        deequ: &["hasMinLength", "hasMaxLength"],
        ..info(
            "length_between",
            "Length of texts",
            "Every text has so many characters.",
            "{ rule = \"length_between\", min = 3, max = 3 }",
        )
    },
    prepare: |parameters| {
        let (min, max) = counts(parameters)?;
        let words = counts_words(min, max);
        let holds = move |text: &str| (min..=max).contains(&(text.chars().count() as u64));
        shape(
            parameters,
            [format!("has {words} characters"), format!("does not have {words} characters")],
            holds,
        )
    },
};

pub(crate) static STARTS: Registered = Registered {
    info: RuleInfo {
        parameters: &[required("with", Shape::Text, "the beginning")],
        ..info(
            "starts_with",
            "Beginning of texts",
            "Every text begins so.",
            "{ rule = \"starts_with\", with = \"https://\" }",
        )
    },
    prepare: |parameters| {
        let with = parameters.text("with").unwrap_or_default().to_owned();
        let shown = short(&with);
        let words = [format!("begins with `{shown}`"), format!("does not begin with `{shown}`")];
        shape(parameters, words, move |text| text.starts_with(&with))
    },
};

pub(crate) static ENDS: Registered = Registered {
    info: RuleInfo {
        parameters: &[required("with", Shape::Text, "the end")],
        ..info(
            "ends_with",
            "End of texts",
            "Every text ends so.",
            "{ rule = \"ends_with\", with = \".csv\" }",
        )
    },
    prepare: |parameters| {
        let with = parameters.text("with").unwrap_or_default().to_owned();
        let shown = short(&with);
        let words = [format!("ends with `{shown}`"), format!("does not end with `{shown}`")];
        shape(parameters, words, move |text| text.ends_with(&with))
    },
};

pub(crate) static TRIMMED: Registered = Registered {
    info: info(
        "trimmed",
        "No blanks around",
        "No text begins or ends with blanks.",
        "{ rule = \"trimmed\" }",
    ),
    prepare: |parameters| {
        let words = ["has no blanks around".to_owned(), "begins or ends with blanks".to_owned()];
        shape(parameters, words, |text| text.trim().len() == text.len())
    },
};

pub(crate) static MATCHES: Registered = Registered {
    info: RuleInfo {
        parameters: &[required("pattern", Shape::Text, "the regular expression")],
        great_expectations: &[
            "expect_column_values_to_match_regex",
            "expect_column_values_to_match_like_pattern",
        ],
        deequ: &["hasPattern"],
        ..info(
            "matches",
            "Pattern",
            "Every text contains a match of this regular expression (syntax of the Rust crate `regex`, without \
             look-around; `^` and `$` hold it to the whole text).",
            "{ rule = \"matches\", pattern = \"^[A-Z]{2}[0-9]+$\" }",
        )
    },
    prepare: |parameters| {
        let (regex, shown) = pattern(parameters)?;
        let words = [format!("matches `{shown}`"), format!("does not match `{shown}`")];
        shape(parameters, words, move |text| regex.is_match(text))
    },
};

pub(crate) static NOT_MATCHES: Registered = Registered {
    info: RuleInfo {
        parameters: &[required("pattern", Shape::Text, "the regular expression")],
        great_expectations: &[
            "expect_column_values_to_not_match_regex",
            "expect_column_values_to_not_match_like_pattern",
        ],
        ..info(
            "not_matches",
            "Pattern that must not occur",
            "No text contains a match of this regular expression.",
            "{ rule = \"not_matches\", pattern = \"(?i)test\" }",
        )
    },
    prepare: |parameters| {
        let (regex, shown) = pattern(parameters)?;
        let words = [format!("does not match `{shown}`"), format!("matches `{shown}`")];
        shape(parameters, words, move |text| !regex.is_match(text))
    },
};

fn pattern(parameters: &Parameters<'_>) -> Result<(Regex, String), String> {
    let text = parameters.text("pattern").unwrap_or_default();
    if text.len() > MAX_PATTERN_BYTES {
        return Err(format!("the pattern is longer than {MAX_PATTERN_BYTES} bytes"));
    }
    let built =
        RegexBuilder::new(text).size_limit(MAX_PATTERN_MEMORY).dfa_size_limit(MAX_PATTERN_MEMORY).build();
    match built {
        Ok(regex) => Ok((regex, short(text))),
        Err(regex::Error::CompiledTooBig(_)) => Err("the pattern becomes too large: repeat less".to_owned()),
        Err(error) => {
            let text = error.to_string();
            let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            Err(format!("the pattern is not a regular expression: {reason}"))
        }
    }
}

/// A rule about each text by itself.
pub(crate) struct TextRule<F> {
    column: String,
    /// What holds, and what a breaking text does.
    words: [String; 2],
    holds: F,
}

/// The rule that `holds` for every text.
pub(crate) fn shape(
    parameters: &Parameters<'_>,
    words: [String; 2],
    holds: impl Fn(&str) -> bool + Clone + Send + Sync + 'static,
) -> Result<Box<dyn Rule>, String> {
    Ok(Box::new(TextRule { column: parameters.column(), words, holds }))
}

impl<F: Fn(&str) -> bool + Clone + Send + Sync + 'static> Rule for TextRule<F> {
    fn promise(&self) -> String {
        let [holds, _] = &self.words;
        format!("`{}` {holds}", short(&self.column))
    }

    fn bind(&self, columns: &Columns<'_>) -> Result<Judge, NotBound> {
        let index = columns.index(&self.column)?;
        let [_, breaks] = &self.words;
        let holds = self.holds.clone();
        Ok(Judge::Rows(RowJudge {
            shown: vec![index],
            fault: format!("`{}` {breaks}", short(&self.column)),
            mark: Box::new(move |rows, broken| rows.mark_texts(index, broken, |text| !holds(text))),
        }))
    }
}
