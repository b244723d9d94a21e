//! Changes of everyday size.

use super::Shape;
use crate::Random;

/// What is done to a column on the current side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change {
    /// Values move by so many standard deviations (for skewed shapes: inter-quartile ranges over 1.349).
    Shift(f64),
    /// Values are spread by this factor around their median.
    Scale(f64),
    /// The farthest twentieth of the values lies so many times farther out.
    Tail(f64),
    /// This share of the rows goes from the most frequent class (or from zero) to another.
    Mix(f64),
    /// This share of the rows has a class never seen before.
    NewCategory(f64),
    /// This share of the rows lacks its value in addition.
    Nulls(f64),
    /// Values are in another unit: multiplied by this.
    Unit(f64),
    /// This share of the values is replaced by values 20 to 100 inter-quartile ranges away.
    Outliers(f64),
    /// This share of the cells is of another type: 1 for the whole column.
    TypeFlip(f64),
}

impl Change {
    /// What sort of change it is.
    pub fn name(self) -> &'static str {
        match self {
            Self::Shift(_) => "shift",
            Self::Scale(_) => "scale",
            Self::Tail(_) => "tail",
            Self::Mix(_) => "mix",
            Self::NewCategory(_) => "new_category",
            Self::Nulls(_) => "nulls",
            Self::Unit(_) => "unit",
            Self::Outliers(_) => "outliers",
            Self::TypeFlip(_) => "type_flip",
        }
    }

    /// How large it is, in the unit of its kind.
    pub fn size(self) -> f64 {
        match self {
            Self::Shift(size)
            | Self::Scale(size)
            | Self::Tail(size)
            | Self::Mix(size)
            | Self::NewCategory(size)
            | Self::Nulls(size)
            | Self::Unit(size)
            | Self::Outliers(size)
            | Self::TypeFlip(size) => size,
        }
    }

    /// A change that fits a shape; `None` for shapes that are never changed.
    pub fn random(shape: Shape, random: &mut Random) -> Option<Self> {
        if shape.is_never_changed() {
            return None;
        }
        let sorts = sorts_for(shape);
        let sort = sorts[random.below(sorts.len() as u64) as usize];
        let sizes = sizes_of(sort);
        Some(sort(sizes[random.below(sizes.len() as u64) as usize]))
    }
}

/// A sort of change: what makes it from a size.
type Sort = fn(f64) -> Change;

fn sorts_for(shape: Shape) -> Vec<Sort> {
    let mut sorts: Vec<Sort> = vec![Change::Nulls];
    match shape {
        Shape::FreeText => sorts.extend([Change::NewCategory as Sort, Change::Scale]),
        Shape::Moments => sorts.extend([Change::Shift as Sort, Change::Scale, Change::TypeFlip]),
        Shape::Truth => sorts.push(Change::Mix),
        _ if shape.is_number() => {
            sorts.extend([
                Change::Shift as Sort,
                Change::Scale,
                Change::Unit,
                Change::Outliers,
                Change::TypeFlip,
            ]);
            if !shape.is_whole() {
                sorts.push(Change::Tail);
            }
            if shape == Shape::ZeroInflated {
                sorts.push(Change::Mix);
            }
        }
        _ => sorts.extend([Change::Mix as Sort, Change::NewCategory]),
    }
    sorts
}

fn sizes_of(sort: Sort) -> &'static [f64] {
    match sort(1.0) {
        Change::Shift(_) => &[-1.0, -0.5, 0.25, 0.35, 0.5, 0.75, 1.5],
        Change::Scale(_) => &[0.5, 0.7, 1.3, 1.5, 2.0],
        Change::Tail(_) => &[3.0, 5.0, 10.0],
        Change::Mix(_) => &[0.08, 0.12, 0.15, 0.20, 0.30],
        Change::NewCategory(_) => &[0.03, 0.05, 0.10, 0.20],
        Change::Nulls(_) => &[0.05, 0.07, 0.10, 0.20, 0.50],
        Change::Unit(_) => &[0.001, 0.01, 0.3048, 1.609, 2.205, 10.0, 100.0, 1000.0],
        Change::Outliers(_) => &[0.01, 0.02, 0.05],
        Change::TypeFlip(_) => &[0.05, 0.2, 1.0, 1.0],
    }
}
