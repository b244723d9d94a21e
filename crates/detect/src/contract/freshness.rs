use super::info::{Registered, RuleInfo, RulePlace, RuleScope, Shape, optional};
use super::judge::{Columns, Judge, NotBound, Ordered, Rule, Verdict};
use super::parameters::Parameters;
use super::words::{moment_words, short};
use crate::wording::duration;

const HOUR_MICROS: f64 = 3_600e6;

pub(crate) static FRESH: Registered = Registered {
    info: RuleInfo {
        id: "fresh",
        name: "Freshness",
        scope: RuleScope::Column,
        place: RulePlace::Column,
        summary: "The newest date is at most so old when the check runs. Dates without an offset are taken as UTC.",
        tolerance: false,
        parameters: &[
            optional("hours", Shape::Number, "greatest age in hours"),
            optional("days", Shape::Number, "greatest age in days"),
        ],
        example: "{ rule = \"fresh\", hours = 26 }",
        great_expectations: &["expect_column_max_to_be_between"],
        deequ: &[],
    },
    prepare,
};

struct Fresh {
    column: String,
    age_micros: f64,
}

fn prepare(parameters: &Parameters<'_>) -> Result<Box<dyn Rule>, String> {
    let hours = match (parameters.number("hours"), parameters.number("days")) {
        (Some(hours), None) => hours,
        (None, Some(days)) => days * 24.0,
        _ => return Err("give either `hours` or `days`".to_owned()),
    };
    if hours < 0.0 {
        return Err("an age is not below zero".to_owned());
    }
    Ok(Box::new(Fresh { column: parameters.column(), age_micros: hours * HOUR_MICROS }))
}

impl Rule for Fresh {
    fn promise(&self) -> String {
        format!("the newest `{}` is at most {} old", short(&self.column), duration(self.age_micros))
    }

    fn bind(&self, columns: &Columns<'_>) -> Result<Judge, NotBound> {
        let index = columns.ordered(&self.column, Ordered::Moments)?;
        let (name, most) = (short(&self.column), self.age_micros);
        Ok(Judge::Summary(Box::new(move |facts| {
            let newest = facts.column(index).and_then(|column| column.numbers()?.max());
            let Some(newest) = newest else { return Verdict::unjudged(format!("`{name}` holds no date")) };
            let age = facts.now_micros - newest;
            Verdict::of(age <= most, || {
                let (newest, age, most) = (moment_words(newest), duration(age), duration(most));
                format!("The newest `{name}` is {newest}, {age} ago, where at most {most} may have passed")
            })
        })))
    }
}
