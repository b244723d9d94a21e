/// A column of the data.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// The name.
    pub name: &'static str,
    /// What its values are.
    pub holds: Holds,
}

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Holds {
    /// What tells rows (or people) apart.
    Id,
    /// When it happened.
    Time,
    /// One of a few words, or numbers that are used as words.
    Words,
    /// True or false.
    Flag,
    /// Numbers.
    Number(Measure),
}

/// What is usual in a column of numbers; faults are measured by it, and a test holds the data against it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measure {
    /// The mean.
    pub centre: f64,
    /// The standard deviation.
    pub spread: f64,
    /// No value is smaller without a fault.
    pub min: f64,
    /// No value is larger without a fault.
    pub max: f64,
    /// Digits behind the point; 0 for whole numbers.
    pub digits: u8,
    /// The unit, empty for none.
    pub unit: &'static str,
}

impl Column {
    pub(crate) const fn of(name: &'static str, holds: Holds) -> Self {
        Self { name, holds }
    }

    /// A column of numbers: centre and spread, least and greatest, digits and unit.
    pub(crate) const fn number(
        name: &'static str,
        (centre, spread): (f64, f64),
        (min, max): (f64, f64),
        digits: u8,
        unit: &'static str,
    ) -> Self {
        Self { name, holds: Holds::Number(Measure { centre, spread, min, max, digits, unit }) }
    }
}
