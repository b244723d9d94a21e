//! Both samples of a number column merged into one ascending run of distinct values.

/// The counts of one distinct value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Group {
    pub(crate) value: f64,
    pub(crate) reference: u64,
    pub(crate) current: u64,
}

impl Group {
    pub(crate) fn total(&self) -> u64 {
        self.reference + self.current
    }
}

/// Both samples, ascending by value, equal values together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pooled {
    pub(crate) groups: Vec<Group>,
    pub(crate) reference: u64,
    pub(crate) current: u64,
}

impl Pooled {
    /// Merges two ascending lists of distinct values with their counts.
    pub(crate) fn from_counts(reference: &[(f64, u64)], current: &[(f64, u64)]) -> Self {
        let mut groups = Vec::with_capacity(reference.len().max(current.len()));
        let (mut left, mut right) = (reference.iter().peekable(), current.iter().peekable());
        loop {
            let value = match (left.peek(), right.peek()) {
                (None, None) => break,
                (Some(&&(value, _)), None) | (None, Some(&&(value, _))) => value,
                (Some(&&(a, _)), Some(&&(b, _))) => a.min(b),
            };
            // `==` rather than bits, so that 0 and -0 are one value.
            let take = |side: &mut std::iter::Peekable<std::slice::Iter<'_, (f64, u64)>>| {
                let mut count = 0;
                while let Some(&(_, more)) = side.next_if(|&&(other, _)| other == value) {
                    count += more;
                }
                count
            };
            groups.push(Group { value, reference: take(&mut left), current: take(&mut right) });
        }
        let totals = groups.iter().fold((0, 0), |(r, c), group| (r + group.reference, c + group.current));
        Self { groups, reference: totals.0, current: totals.1 }
    }

    /// Merges two ascending samples without NaN.
    #[cfg(test)]
    pub(crate) fn from_sorted(reference: &[f64], current: &[f64]) -> Self {
        let runs = |values: &[f64]| {
            let mut rest = values;
            let mut counts: Vec<(f64, u64)> = Vec::with_capacity(values.len());
            while let Some(&value) = rest.first() {
                let run = rest.iter().take_while(|&&other| other == value).count();
                counts.push((value, run as u64));
                rest = rest.get(run..).unwrap_or_default();
            }
            counts
        };
        Self::from_counts(&runs(reference), &runs(current))
    }

    /// Values on both sides together.
    pub(crate) fn total(&self) -> u64 {
        self.reference + self.current
    }

    /// Whether a test can say anything: both sides have values and they are not all the same.
    pub(crate) fn is_testable(&self) -> bool {
        self.reference > 0 && self.current > 0 && self.groups.len() > 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_of_both_sides_meet_in_one_group() {
        let pooled = Pooled::from_sorted(&[-1.0, -0.0, 2.0, 2.0], &[0.0, 2.0, 3.0]);
        let counts: Vec<_> = pooled.groups.iter().map(|group| (group.reference, group.current)).collect();
        assert_eq!(counts, [(1, 0), (1, 1), (2, 1), (0, 1)]);
        assert_eq!((pooled.reference, pooled.current), (4, 3));
    }
}
