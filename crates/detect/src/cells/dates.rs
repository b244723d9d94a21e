//! Dates as they are written.

/// The order of the parts of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    YearFirst,
    DayFirst,
    MonthFirst,
    /// Day or month first: what stands there fits both.
    Either,
}

/// How a date is written: the order of its parts, what stands between them, how long they are, what follows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct DateFormat {
    order: Order,
    mark: Option<char>,
    padded: bool,
    /// What stands behind the date, as classes: `T99:99:99`.
    rest: String,
}

/// A date with how it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WrittenDate<'a> {
    pub(super) format: DateFormat,
    parts: [u32; 3],
    rest: &'a str,
}

impl DateFormat {
    /// How a text writes a date; nothing when it is none.
    pub(super) fn of(text: &str) -> Option<Self> {
        WrittenDate::read(text).map(|date| date.format)
    }

    /// Whether both may be the same way to write, where one cannot tell day and month apart.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        let order = self.order == other.order
            || (self.order == Order::Either && other.order != Order::YearFirst)
            || (other.order == Order::Either && self.order != Order::YearFirst);
        order && self.mark == other.mark && self.padded == other.padded && self.rest == other.rest
    }

    /// Whether day and month can be told apart.
    pub(super) fn is_certain(&self) -> bool {
        self.order != Order::Either
    }

    /// In words: `YYYY-MM-DD`.
    pub(super) fn in_words(&self) -> String {
        let (day, month) = if self.padded { ("DD", "MM") } else { ("D", "M") };
        let parts = match self.order {
            Order::YearFirst => ["YYYY", month, day],
            Order::DayFirst => [day, month, "YYYY"],
            Order::MonthFirst => [month, day, "YYYY"],
            Order::Either => ["DD or MM", "MM or DD", "YYYY"],
        };
        let mark = self.mark.map(String::from).unwrap_or_default();
        format!("{}{}", parts.join(&mark), self.rest)
    }

    /// The date in this form; nothing when it could be two dates, or what follows does not fit.
    pub(super) fn write(&self, date: &WrittenDate<'_>, day_first: Option<bool>) -> Option<String> {
        let order = match (date.format.order, day_first) {
            (Order::Either, Some(true)) => Order::DayFirst,
            (Order::Either, Some(false)) => Order::MonthFirst,
            (order, _) => order,
        };
        let [a, b, c] = date.parts;
        let (year, month, day) = match order {
            Order::YearFirst => (a, b, c),
            Order::DayFirst => (c, b, a),
            Order::MonthFirst => (c, a, b),
            Order::Either if a == b => (c, a, b),
            Order::Either => return None,
        };
        if date.format.rest != self.rest {
            return None;
        }
        let short = |part: u32| if self.padded { format!("{part:02}") } else { part.to_string() };
        let year = format!("{year:04}");
        let parts = match self.order {
            Order::YearFirst => [year, short(month), short(day)],
            Order::DayFirst => [short(day), short(month), year],
            Order::MonthFirst => [short(month), short(day), year],
            Order::Either => return None,
        };
        let mark = self.mark.map(String::from).unwrap_or_default();
        Some(format!("{}{}", parts.join(&mark), date.rest))
    }

    /// Whether the day comes first, where that is known.
    pub(super) fn day_first(&self) -> Option<bool> {
        match self.order {
            Order::DayFirst => Some(true),
            Order::MonthFirst => Some(false),
            Order::YearFirst | Order::Either => None,
        }
    }

    /// The mark between the parts.
    pub(super) fn mark(&self) -> Option<char> {
        self.mark
    }
}

impl<'a> WrittenDate<'a> {
    /// Reads a date of numbers: `2013-07-01`, `1/7/2013 10:00`, `01.07.2013`, `20130701`.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let first = digits(text);
        if first == 8 && text.len() == 8 {
            return Self::compact(text);
        }
        let mark = char::from(*text.as_bytes().get(first)?);
        if !(matches!(mark, '-' | '/' | '.') && (1..=4).contains(&first) && first != 3) {
            return None;
        }
        let after = text.get(first + 1..)?;
        let second = digits(after);
        let last = after.get(second..)?.strip_prefix(mark)?;
        let third = digits(last);
        let lengths_fit = (1..=2).contains(&second)
            && match first {
                4 => (1..=2).contains(&third),
                _ => third == 4,
            };
        if !lengths_fit {
            return None;
        }
        let rest = last.get(third..)?;
        if !(rest.is_empty() || rest.starts_with(['T', ' '])) || rest.len() > 32 {
            return None;
        }
        let number = |text: &str, length: usize| text.get(..length)?.parse::<u32>().ok();
        let parts = [number(text, first)?, number(after, second)?, number(last, third)?];
        let short = if first == 4 { [second, third] } else { [first, second] };
        let padded = short.iter().all(|length| *length == 2);
        Self::of_parts(parts, first == 4, (Some(mark), padded), rest)
    }

    fn compact(text: &'a str) -> Option<Self> {
        let number = |from: usize, to: usize| text.get(from..to)?.parse::<u32>().ok();
        let parts = [number(0, 4)?, number(4, 6)?, number(6, 8)?];
        (1900..2100).contains(&parts[0]).then_some(())?;
        Self::of_parts(parts, true, (None, true), "")
    }

    fn of_parts(
        parts: [u32; 3],
        year_first: bool,
        (mark, padded): (Option<char>, bool),
        rest: &'a str,
    ) -> Option<Self> {
        let month = |part: u32| (1..=12).contains(&part);
        let day = |part: u32| (1..=31).contains(&part);
        let [a, b, c] = parts;
        let order = if year_first {
            (month(b) && day(c)).then_some(Order::YearFirst)?
        } else {
            match (day(a) && month(b), month(a) && day(b)) {
                // Nobody writes the month first with full stops.
                (true, true) if mark == Some('.') => Order::DayFirst,
                (true, true) => Order::Either,
                (true, false) => Order::DayFirst,
                (false, true) => Order::MonthFirst,
                (false, false) => return None,
            }
        };
        let classes = rest.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
        Some(Self { format: DateFormat { order, mark, padded, rest: classes }, parts, rest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_told_apart_by_how_they_are_written() {
        let words = |text: &str| DateFormat::of(text).map(|format| format.in_words());
        assert_eq!(words("2020-12-31").as_deref(), Some("YYYY-MM-DD"));
        assert_eq!(words("31/12/2020").as_deref(), Some("DD/MM/YYYY"));
        assert_eq!(words("12/31/2020").as_deref(), Some("MM/DD/YYYY"));
        assert_eq!(words("1.7.2020").as_deref(), Some("D.M.YYYY"));
        assert_eq!(words("20200131").as_deref(), Some("YYYYMMDD"));
        assert_eq!(words("2020-12-31T10:00").as_deref(), Some("YYYY-MM-DDT99:99"));
        for text in ["2020-13-31", "12-34", "1.2.3", "555-123-4567", "20209931", "192.168.1.1", "1.5"] {
            assert_eq!(words(text), None, "{text}");
        }
    }

    #[test]
    fn a_date_is_rewritten_only_when_it_is_one_date() {
        let usual = DateFormat::of("2020-12-31").unwrap();
        let written = |text: &str, day_first| usual.write(&WrittenDate::read(text).unwrap(), day_first);
        assert_eq!(written("12/31/2020", None).as_deref(), Some("2020-12-31"));
        assert_eq!(written("1.7.2020", None).as_deref(), Some("2020-07-01"));
        assert_eq!(written("1/7/2020", None), None);
        assert_eq!(written("7/7/2020", None).as_deref(), Some("2020-07-07"));
        assert_eq!(written("1/7/2020", Some(true)).as_deref(), Some("2020-07-01"));
        assert_eq!(written("2020/12/31 10:00", None), None, "the time would be lost");
    }
}
