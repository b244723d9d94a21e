use crate::contract::JudgedPass;
use driftline_model::{ColumnReport, ColumnVerdict, Finding, Insight, InsightKind, Kind, Severity, Verdict};

/// The answer in one word: drift first, then anything else that is worth a look.
pub(crate) fn verdict<'a>(
    columns: &[ColumnReport],
    findings: impl IntoIterator<Item = &'a Finding>,
) -> Verdict {
    if columns.iter().any(|column| column.verdict == ColumnVerdict::Drifted) {
        Verdict::Drifted
    } else if findings.into_iter().any(|finding| finding.severity > Severity::None) {
        Verdict::Suspect
    } else {
        Verdict::Stable
    }
}

/// The answer in a sentence or two. Columns come most severe first. How the worst one moved is told by the
/// insight about it, where there is one.
pub(crate) fn headline(columns: &[ColumnReport], findings: &[Finding], insights: &[Insight]) -> String {
    let drifted: Vec<&ColumnReport> =
        columns.iter().filter(|column| column.verdict == ColumnVerdict::Drifted).collect();
    let judged = columns
        .iter()
        .filter(|column| matches!(column.verdict, ColumnVerdict::Drifted | ColumnVerdict::Stable))
        .count();
    let Some(worst) = drifted.first() else { return without_drift(judged, findings) };
    let share = format!("{} of {judged} {} drifted", drifted.len(), plural(judged, "column"));
    let told = insights
        .iter()
        .find(|insight| insight.kind == InsightKind::Shift && insight.columns.first() == Some(&worst.name));
    if let Some(insight) = told {
        return format!("{share}. {}", insight.text);
    }
    match most(worst) {
        Some(how) => format!("{share}; `{}` moved most: {how}.", worst.name),
        None => format!("{share}; `{}` moved most.", worst.name),
    }
}

/// The same with what came of the contract in front: what was promised comes before what was only compared.
pub(crate) fn with_contract(
    told: String,
    columns: &[ColumnReport],
    findings: &[Finding],
    judged: Option<&JudgedPass>,
) -> String {
    let Some(broken) = judged.and_then(JudgedPass::headline) else { return told };
    let is_quiet = verdict(columns, findings) == Verdict::Stable;
    if is_quiet { format!("{broken} Otherwise: {}", lowered(&told)) } else { format!("{broken} {told}") }
}

fn without_drift(judged: usize, findings: &[Finding]) -> String {
    let notable: Vec<&Finding> =
        findings.iter().filter(|finding| finding.severity > Severity::None).collect();
    match notable.first() {
        None if judged == 0 => "No column could be compared.".to_owned(),
        None if judged == 1 => "The one column compared did not drift.".to_owned(),
        None => format!("None of {judged} columns drifted."),
        Some(worst) if judged == 0 => format!("No column could be compared; {}", lowered(&worst.message)),
        Some(worst) => {
            let others = notable.len() - 1;
            let rest = match others {
                0 => String::new(),
                1 => " One more finding.".to_owned(),
                others => format!(" {others} more findings."),
            };
            format!(
                "No drift in {judged} {}, but {}{rest}",
                plural(judged, "column"),
                lowered(&worst.message)
            )
        }
    }
}

/// What the worst column did, in a few words.
fn most(column: &ColumnReport) -> Option<String> {
    let effect = column.effect.as_ref()?;
    if column.nulls.changed && effect.mass_moved < effect.threshold {
        let (before, now) = (column.nulls.reference_ratio, column.nulls.current_ratio);
        return Some(format!("{} of its values are missing, {} before", percent(now), percent(before)));
    }
    let middle = |side: usize| column.statistics[side].as_ref()?.quantiles.get(3).copied();
    if let (Some(before), Some(now)) = (middle(0), middle(1))
        && matches!(column.kind, Kind::Numeric | Kind::Integer)
        && effect.shift_sd.is_some_and(|shift| shift.abs() >= 0.1)
        && before != now
    {
        return Some(format!("its median went from {} to {}", short(before), short(now)));
    }
    Some(format!("{} of its rows changed place", percent(effect.mass_moved)))
}

/// A sentence that goes on after a comma or semicolon: its first letter small, unless it is a name.
fn lowered(sentence: &str) -> String {
    let mut chars = sentence.chars();
    match (chars.next(), chars.next()) {
        (Some(first), Some(second)) if second.is_lowercase() || second == ' ' => {
            first.to_lowercase().chain(sentence.chars().skip(1)).collect()
        }
        _ => sentence.to_owned(),
    }
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}

fn percent(ratio: f64) -> String {
    if ratio > 0.0 && ratio < 0.1 {
        format!("{:.1} %", ratio * 100.0)
    } else {
        format!("{:.0} %", ratio * 100.0)
    }
}

/// A number to about three digits, without a trailing zero.
pub(crate) fn short(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-3..1e7).contains(&size) {
        return format!("{value:.2e}");
    }
    let decimals = if size >= 100.0 || value.fract() == 0.0 {
        0
    } else if size >= 1.0 {
        2
    } else {
        4
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quiet_report_says_so() {
        assert_eq!(headline(&[], &[], &[]), "No column could be compared.");
    }

    #[test]
    fn sentences_go_on_in_small_letters_but_names_stay() {
        assert_eq!(lowered("The reference has fewer rows."), "the reference has fewer rows.");
        assert_eq!(lowered("`Id` is gone."), "`Id` is gone.");
        assert_eq!(lowered("ID is gone."), "ID is gone.");
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!([1.0, 12.345, 0.123_45, -2.5, 1e9].map(short), ["1", "12.35", "0.1235", "-2.5", "1.00e9"]);
    }
}
