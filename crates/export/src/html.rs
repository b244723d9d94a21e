use std::fmt::Write as _;
use std::io::{self, Write as _};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use driftline_model::{ColumnReport, Report, Verdict};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use sha2::{Digest as _, Sha256};

use crate::cells::rows_in_words;
use crate::contract::tally;
use crate::forensics::{self, incidents};
use crate::markdown::is_notable;
use crate::{
    Charset, ExportError, approximate, byte_size, change_in_words, harmless, percent, score_digits, thousands,
};

/// The page that holds only what readers without scripts see; for a program that was built without the dashboard.
const PLAIN_PAGE: &str = include_str!("html/plain.html");

/// Columns that the plain summary names; the report in the page has all of them.
const MOST_COLUMNS: usize = 100;
/// Lines of each kind that it shows of what was set aside, repaired or left out.
const MOST_LINES: usize = 10;

/// One file for a browser, without any other: the pages of the dashboard with the report in it, which works
/// offline, prints, and carries the settings and a checksum of what it says.
pub(crate) fn render(report: &Report) -> Result<Vec<u8>, ExportError> {
    let page = driftline_web::report_page();
    filled(page.as_deref().unwrap_or(PLAIN_PAGE), report).map(String::into_bytes)
}

/// The page with title, summary, checksum and report put into their places.
fn filled(page: &str, report: &Report) -> Result<String, ExportError> {
    let json = serde_json::to_vec(report)?;
    let checksum = Sha256::digest(&json).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let packed = packed(&json).map_err(serde_json::Error::io)?;
    let fills = [
        ("driftline-title", escape(&report.headline)),
        ("driftline-plain", plain(report, &checksum)),
        ("driftline-checksum", checksum.clone()),
        ("driftline-report", packed),
    ];
    let mut out = String::with_capacity(page.len() + json.len());
    let mut rest = page;
    // In the order in which they stand in the page, so that nothing that was filled in is looked at again.
    for (place, content) in fills {
        let Some((before, after)) = rest.split_once(place) else { continue };
        out.push_str(before);
        out.push_str(&content);
        rest = after;
    }
    out.push_str(rest);
    if !out.ends_with('\n') {
        out.push('\n');
    }
    Ok(out)
}

/// The report as the page unpacks it: deflated (RFC 1951), in base64.
fn packed(json: &[u8]) -> io::Result<String> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(json)?;
    Ok(BASE64_STANDARD.encode(encoder.finish()?))
}

/// What readers without scripts see: the answer, the two sides, the columns that are worth a look, how the
/// data were read.
fn plain(report: &Report, checksum: &str) -> String {
    let mut out = String::from("<main id=\"plain\">\n");
    let verdict = match report.verdict {
        Verdict::Drifted => "drifted",
        Verdict::Suspect => "suspect",
        Verdict::Stable => "stable",
    };
    let _ = writeln!(out, "<h1>{}</h1>", escape(&report.headline));
    let _ = writeln!(out, "<p>Verdict: {verdict}, severity {}.</p>", report.severity);
    out.push_str("<table><caption>What was compared</caption>\n");
    out.push_str("<tr><th></th><th>name</th><th>rows</th><th>columns</th><th>bytes</th></tr>\n");
    for (role, side) in [("reference", &report.reference), ("current", &report.current)] {
        let _ = writeln!(
            out,
            "<tr><th>{role}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escape(&side.name),
            thousands(side.rows),
            thousands(side.columns),
            byte_size(side.bytes)
        );
    }
    out.push_str("</table>\n");
    contract(&mut out, report);
    columns(&mut out, report);
    for insight in &report.insights {
        let _ = writeln!(out, "<p>{}</p>", escape(&insight.text));
    }
    cells(&mut out, report);
    reading(&mut out, report);
    let _ = writeln!(out, "<p>SHA-256 of the report in this file: <code>{checksum}</code></p>\n</main>");
    out
}

fn contract(out: &mut String, report: &Report) {
    let Some(outcome) = &report.contract else { return };
    let _ = writeln!(out, "<h2>Contract: {}</h2>\n<ul>", escape(&tally(outcome)));
    for finding in report.violations.iter().take(MOST_COLUMNS) {
        let _ = writeln!(out, "<li>{}: {}</li>", finding.severity, escape(&finding.message));
    }
    out.push_str("</ul>\n");
}

fn columns(out: &mut String, report: &Report) {
    let notable: Vec<&ColumnReport> = report.columns.iter().filter(|column| is_notable(column)).collect();
    if notable.is_empty() {
        out.push_str("<p>No column is worth a look.</p>\n");
        return;
    }
    out.push_str("<table><caption>Columns worth a look</caption>\n");
    out.push_str(
        "<tr><th>severity</th><th>column</th><th>score</th><th>mass moved</th><th>q</th><th>what changed</th></tr>\n",
    );
    for column in notable.iter().take(MOST_COLUMNS) {
        let _ = writeln!(
            out,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            column.severity,
            escape(&column.name),
            column.score.as_ref().map(|score| score_digits(score.value)).unwrap_or_default(),
            column.effect.as_ref().map(|effect| percent(effect.mass_moved)).unwrap_or_default(),
            column.evidence.as_ref().map(|evidence| approximate(evidence.q_value)).unwrap_or_default(),
            escape(&change_in_words(column, Charset::Unicode)),
        );
    }
    out.push_str("</table>\n");
    if notable.len() > MOST_COLUMNS {
        let _ = writeln!(out, "<p>And {} more.</p>", thousands((notable.len() - MOST_COLUMNS) as u64));
    }
}

/// Cells that are probably wrong, where somebody asked for them.
fn cells(out: &mut String, report: &Report) {
    let Some(cells) = &report.cells else { return };
    let _ = writeln!(out, "<h2>Suspected cells</h2>\n<p>{}</p>", escape(&cells.headline));
    if cells.suspects.is_empty() {
        return;
    }
    out.push_str("<table><tr><th>column</th><th>row</th><th>value</th><th>probably</th><th>sure</th><th>why</th></tr>\n");
    for suspect in cells.suspects.iter().take(MOST_COLUMNS) {
        let _ = writeln!(
            out,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{:.2}</td><td>{}</td></tr>",
            escape(&suspect.column),
            rows_in_words(suspect),
            escape(&suspect.value),
            escape(suspect.suggestion.as_deref().unwrap_or_default()),
            suspect.confidence,
            escape(&suspect.reason)
        );
    }
    out.push_str("</table>\n");
}

/// What was done with lines that are not as they should be: one table a side.
fn reading(out: &mut String, report: &Report) {
    for (title, side) in forensics::sides(report) {
        let Some(tally) = forensics::tally(side) else { continue };
        let _ = writeln!(out, "<table><caption>{title}: {tally}</caption>");
        out.push_str(
            "<tr><th>what happened</th><th>how many</th><th>row</th><th>byte</th><th>raw line</th></tr>\n",
        );
        for incident in incidents(side) {
            let what = format!("{}: {}", incident.fate.word(), incident.words);
            let _ = writeln!(
                out,
                "<tr><td>{}</td><td>{}</td><td></td><td></td><td></td></tr>",
                escape(&what),
                thousands(incident.count)
            );
            for line in incident.lines.iter().take(MOST_LINES) {
                let _ = writeln!(
                    out,
                    "<tr><td>{}</td><td></td><td>{}</td><td>{}</td><td><code>{}</code></td></tr>",
                    escape(line.reason.unwrap_or_default()),
                    line.row_shown().map(thousands).unwrap_or_default(),
                    thousands(line.byte_offset),
                    escape(line.raw)
                );
            }
        }
        out.push_str("</table>\n");
    }
}

/// Text that HTML takes literally, with every character that could turn the reading direction written out.
fn escape(text: &str) -> String {
    let text = harmless(text, Charset::Unicode);
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::DeflateDecoder;

    use super::*;
    use crate::fixture;

    const PAGE: &str = "<title>driftline-title</title>driftline-plain<script id=\"report\" \
                        data-sha256=\"driftline-checksum\">driftline-report</script>";

    fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
        text.split_once(start).unwrap().1.split_once(end).unwrap().0
    }

    #[test]
    fn the_report_and_its_checksum_come_back() {
        let report = fixture::report();
        let page = filled(PAGE, &report).unwrap();
        let checksum = between(&page, "data-sha256=\"", "\"").to_owned();
        let packed = BASE64_STANDARD.decode(between(&page, &format!("{checksum}\">"), "</script>")).unwrap();
        let mut json = Vec::new();
        DeflateDecoder::new(&*packed).read_to_end(&mut json).unwrap();
        assert_eq!(serde_json::from_slice::<Report>(&json).unwrap(), report);
        let computed = Sha256::digest(&json).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(computed, checksum);
    }

    #[test]
    fn nothing_from_the_data_is_taken_for_markup() {
        let mut report = fixture::report();
        report.headline = "driftline-report <script>alert('x')</script> \u{202e}&".to_owned();
        report.current.name = "\"><img src=x onerror=alert(1)>".to_owned();
        for column in &mut report.columns {
            column.name = format!("</script><script>{}", column.name);
        }
        for page in [PAGE, PLAIN_PAGE] {
            let page = filled(page, &report).unwrap();
            assert!(!page.contains("<script>alert") && !page.contains("<img"), "{page}");
            assert!(!page.contains("</script><script>") && !page.contains('\u{202e}'));
        }
        let title = filled(PAGE, &report).unwrap();
        assert!(title.starts_with("<title>driftline-report &lt;script&gt;"), "{title}");
    }

    #[test]
    fn it_reads_well_without_scripts() {
        insta::assert_snapshot!(plain(&fixture::report(), "0123"));
    }
}
