mod bins;
mod sheet;
mod summary;
#[cfg(test)]
mod tests;

use driftline_model::{Report, SideReport};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook};

use crate::ExportError;
use crate::field::{FIELDS, Shape, Value, word};
use crate::forensics::{Fate, incidents};
use sheet::{Head, Sheet, Styles};

/// The report as a workbook, one subject a sheet. The same report gives the same bytes.
pub(crate) fn render(report: &Report) -> Result<Vec<u8>, ExportError> {
    let mut book = Workbook::new();
    // The moment of writing would make every file different; the report itself knows none.
    let epoch = ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(
        &DocProperties::new()
            .set_title("Driftline report")
            .set_author("Driftline")
            .set_creation_datetime(&epoch),
    );
    let styles = Styles::new();
    summary::write(Sheet::begin(&mut book, "Summary", &styles)?, &styles, report)?;
    columns(&mut book, &styles, report)?;
    bins::write(&mut book, &styles, report)?;
    rows(&mut book, &styles, report)?;
    findings(&mut book, &styles, report)?;
    contract(&mut book, &styles, report)?;
    cells(&mut book, &styles, report)?;
    quarantine(&mut book, &styles, report)?;
    reading(&mut book, &styles, report)?;
    Ok(book.save_to_buffer()?)
}

fn columns(book: &mut Workbook, styles: &Styles, report: &Report) -> Result<(), ExportError> {
    let heads: Vec<Head> = FIELDS.iter().map(|field| (field.title, field.shape)).collect();
    let lines = report.columns.iter().map(|column| FIELDS.iter().map(|field| (field.of)(column)).collect());
    let mut sheet = Sheet::begin(book, "Columns", styles)?;
    sheet.table(&heads, lines)?;
    // Severity and name stay in sight.
    sheet.freeze(2)?.filter(&heads)
}

/// One line a cell that is to blame, the strangest row first.
fn rows(book: &mut Workbook, styles: &Styles, report: &Report) -> Result<(), ExportError> {
    let heads = [
        ("Source", Shape::Name),
        ("Row", Shape::Count),
        ("Row score", Shape::Score),
        ("Column", Shape::Name),
        ("Value", Shape::Name),
        ("Cell score", Shape::Score),
        ("Method", Shape::Word),
        ("Reason", Shape::Sentence),
    ];
    let lines = report.anomalies.top.iter().flat_map(|row| {
        let of_row = move || [Value::from(&row.source), row.row.into(), row.score.into()];
        let as_a_whole = row.cells.is_empty().then(move || {
            let mut line = of_row().to_vec();
            line.extend([Value::Absent, Value::Absent, Value::Absent, Value::Absent]);
            line.push("strange as a whole".into());
            line
        });
        let by_cell = row.cells.iter().map(move |cell| {
            let mut line = of_row().to_vec();
            line.extend([(&cell.column).into(), (&cell.value).into(), cell.score.into()]);
            line.extend([Value::from(&cell.method), (&cell.reason).into()]);
            line
        });
        as_a_whole.into_iter().chain(by_cell)
    });
    let mut sheet = Sheet::begin(book, "Rows", styles)?;
    sheet.table(&heads, lines)?;
    sheet.freeze(0)?.filter(&heads)
}

fn findings(book: &mut Workbook, styles: &Styles, report: &Report) -> Result<(), ExportError> {
    let heads = [
        ("Code", Shape::Name),
        ("Severity", Shape::Severity),
        ("Column", Shape::Name),
        ("Message", Shape::Sentence),
        ("State", Shape::Word),
    ];
    let lines = report.findings.iter().chain(&report.violations).map(|finding| {
        vec![
            (&finding.code).into(),
            finding.severity.name().into(),
            finding.column.as_ref().into(),
            (&finding.message).into(),
            word(&finding.state).into(),
        ]
    });
    let mut sheet = Sheet::begin(book, "Findings", styles)?;
    sheet.table(&heads, lines)?;
    sheet.freeze(0)?.filter(&heads)
}

/// One line a rule; without a contract there is no sheet.
fn contract(book: &mut Workbook, styles: &Styles, report: &Report) -> Result<(), ExportError> {
    let Some(outcome) = &report.contract else { return Ok(()) };
    let heads = [
        ("Rule", Shape::Name),
        ("Column", Shape::Name),
        ("Promise", Shape::Sentence),
        ("Status", Shape::Word),
        ("Severity", Shape::Severity),
        ("Rows that break it", Shape::Count),
        ("Rows judged", Shape::Count),
        ("What was found", Shape::Sentence),
        ("First row", Shape::Count),
        ("Its value", Shape::Name),
    ];
    let lines = outcome.rules.iter().map(|rule| {
        let first = rule.examples.first();
        let count = |count: Option<u64>| count.map_or(Value::Absent, Value::Count);
        vec![
            (&rule.rule).into(),
            rule.column.as_ref().into(),
            (&rule.promise).into(),
            rule.status.name().into(),
            rule.severity.name().into(),
            count(rule.rows_broken),
            count(rule.rows_judged),
            (&rule.message).into(),
            count(first.map(|example| example.row)),
            first.map(|example| &example.value).into(),
        ]
    });
    let mut sheet = Sheet::begin(book, "Contract", styles)?;
    sheet.table(&heads, lines)?;
    sheet.freeze(0)?.filter(&heads)
}

/// One line a suspect; where nobody asked for wrong cells there is no sheet.
fn cells(book: &mut Workbook, styles: &Styles, report: &Report) -> Result<(), ExportError> {
    let Some(cells) = &report.cells else { return Ok(()) };
    let heads = [
        ("Column", Shape::Name),
        ("Value", Shape::Name),
        ("Probably", Shape::Name),
        ("Sure", Shape::Score),
        ("Method", Shape::Word),
        ("Reason", Shape::Sentence),
        ("Rows", Shape::Count),
        ("Source", Shape::Name),
        ("First row", Shape::Count),
    ];
    let lines = cells.suspects.iter().map(|suspect| {
        let first = suspect.places.first();
        vec![
            (&suspect.column).into(),
            (&suspect.value).into(),
            suspect.suggestion.as_ref().into(),
            suspect.confidence.into(),
            (&suspect.method).into(),
            (&suspect.reason).into(),
            suspect.rows.into(),
            first.map(|place| &place.source).into(),
            first.map_or(Value::Absent, |place| Value::Count(place.row)),
        ]
    });
    let mut sheet = Sheet::begin(book, "Suspected cells", styles)?;
    sheet.table(&heads, lines)?;
    sheet.freeze(0)?.filter(&heads)
}

fn quarantine(book: &mut Workbook, styles: &Styles, report: &Report) -> Result<(), ExportError> {
    let heads = [
        ("Side", Shape::Word),
        ("Source", Shape::Name),
        ("Row", Shape::Count),
        ("Byte offset", Shape::Count),
        ("Reason", Shape::Sentence),
        ("Raw", Shape::Sentence),
    ];
    let lines = sides(report).into_iter().flat_map(|(role, side)| {
        side.quarantine.examples.iter().map(move |row| {
            vec![
                role.into(),
                (&row.source).into(),
                row.row.into(),
                row.byte_offset.into(),
                (&row.reason).into(),
                (&row.raw).into(),
            ]
        })
    });
    let mut sheet = Sheet::begin(book, "Quarantine", styles)?;
    sheet.table(&heads, lines)?;
    sheet.freeze(0)?.filter(&heads)
}

/// One line a place where a reader repaired or left something out; without any there is no sheet.
fn reading(book: &mut Workbook, styles: &Styles, report: &Report) -> Result<(), ExportError> {
    let heads = [
        ("Side", Shape::Word),
        ("What was done", Shape::Word),
        ("What happened", Shape::Sentence),
        ("Lines in all", Shape::Count),
        ("Source", Shape::Name),
        ("Row", Shape::Count),
        ("Byte offset", Shape::Count),
        ("Raw", Shape::Sentence),
    ];
    let noted = sides(report).map(|(role, side)| (role, incidents(side)));
    let lines: Vec<Vec<Value<'_>>> = noted
        .iter()
        .flat_map(|(role, incidents)| incidents.iter().map(move |incident| (*role, incident)))
        .filter(|(_, incident)| incident.fate != Fate::SetAside)
        .flat_map(|(role, incident)| {
            incident.lines.iter().map(move |line| {
                vec![
                    role.into(),
                    incident.fate.word().into(),
                    incident.words.into(),
                    incident.count.into(),
                    line.source.into(),
                    line.row_shown().map_or(Value::Absent, Value::Count),
                    line.byte_offset.into(),
                    line.raw.into(),
                ]
            })
        })
        .collect();
    if lines.is_empty() {
        return Ok(());
    }
    let mut sheet = Sheet::begin(book, "Reading", styles)?;
    sheet.table(&heads, lines.into_iter())?;
    sheet.freeze(0)?.filter(&heads)
}

/// Both sides with what they are.
fn sides(report: &Report) -> [(&'static str, &SideReport); 2] {
    [("reference", &report.reference), ("current", &report.current)]
}
