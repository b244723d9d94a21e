//! Whatever text comes in, reading a contract gives a contract that can be written and read again, or a complaint
//! with a place in the text: no panic.
//!
//! As a plain test it runs a bounded number of inputs and prints the seed of one that fails
//! (`BOLERO_RANDOM_SEED` repeats it); `cargo bolero test` fuzzes without end.

use driftline_detect::contract::parse;

/// Lines of contracts, right and wrong, and what breaks them.
const PIECES: [&str; 47] = [
    "version = 1\n",
    "version = 2\n",
    "description = \"d\"\n",
    "[table]\n",
    "[[column]]\n",
    "name = \"a\"\n",
    "name = \"b\"\n",
    "name = 7\n",
    "optional = true\n",
    "rules = [\n",
    "rules = []\n",
    "]\n",
    "{ rule = \"not_null\" },\n",
    "{ rule = \"not_null\", tolerance = 0.1 },\n",
    "{ rule = \"between\", min = 1, max = 2 },\n",
    "{ rule = \"between\", min = 2, max = 1 },\n",
    "{ rule = \"between\", min = 2024-01-01 },\n",
    "{ rule = \"between\", min = nan },\n",
    "{ rule = \"in_set\", values = [\"x\", 1, true] },\n",
    "{ rule = \"in_set\", values = [] },\n",
    "{ rule = \"matches\", pattern = \"(\" },\n",
    "{ rule = \"kind\", is = \"number\" },\n",
    "{ rule = \"format\", is = \"email\", severity = \"high\" },\n",
    "{ rule = \"fresh\", within = \"P1D\" },\n",
    "{ rule = \"columns_only\", columns = [\"a\", \"b\"] },\n",
    "{ rule = \"determines\", columns = [\"a\"] },\n",
    "{ rule = \"row_count_between\", min = -1 },\n",
    "{ rule = \"row_count_between\", max = 9223372036854775807 },\n",
    "{ rule = \"sum_equals\", of = [\"a\", \"b\"] },\n",
    "{ rule = \"sql_holds\", condition = \"a > 1\" },\n",
    "{ rule = \"sql_value_between\", value = \"\", min = 1 },\n",
    "{ rule = \"sql_finds_nothing\", select = 'select 1' },\n",
    "{ rule = \"guess\" },\n",
    "{ description = \"d\" },\n",
    "severity = \"worst\"\n",
    "# a remark\n",
    "\"",
    "[",
    "]",
    "{",
    "}",
    "=",
    "\n",
    "\u{e9}",
    "\0",
    "1e400",
    "2024-02-29",
];

fn read(text: &str) {
    match parse(text) {
        Ok(contract) => assert!(contract.rules.len() <= 2_000),
        Err(error) => {
            let lines = text.matches('\n').count() as u64 + 1;
            assert!((1..=lines).contains(&error.line) && error.column >= 1, "{error}");
            assert!(!error.message.is_empty());
        }
    }
}

#[test]
fn any_text() {
    bolero::check!().with_iterations(20_000).for_each(|bytes: &[u8]| {
        read(&String::from_utf8_lossy(bytes));
    });
}

#[test]
fn any_lines() {
    bolero::check!().with_iterations(20_000).with_type::<(bool, Vec<u8>)>().for_each(
        |(is_begun, choices)| {
            let mut text = if *is_begun {
                "version = 1\n[[column]]\nname = \"a\"\nrules = [\n".to_owned()
            } else {
                String::new()
            };
            text.extend(choices.iter().map(|choice| PIECES[usize::from(*choice) % PIECES.len()]));
            read(&text);
        },
    );
}
