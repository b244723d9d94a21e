//! Shapes of columns as they occur in tables.

/// What the values of a column look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Shape {
    /// Normal, mean 100, standard deviation 15.
    Normal,
    /// Normal with 5 % nulls.
    NormalWithNulls,
    /// Student's t with 3 degrees of freedom: symmetric, heavy tails.
    HeavyBothSides,
    /// Log-normal amounts with a log standard deviation of 1, two decimals.
    Amount,
    /// Pareto with index 2.
    Pareto,
    /// Gamma with shape 2: waiting times.
    Latency,
    /// Two humps.
    TwoHumps,
    /// Beta-like ratio in 0..1 from two gammas.
    Ratio,
    /// 70 % zeros, the rest log-normal.
    ZeroInflated,
    /// Poisson counts with mean 3.
    Counts,
    /// Gamma-mixed counts, mostly 0 and 1, sometimes dozens.
    BurstyCounts,
    /// Whole years of age.
    Age,
    /// Four categories of 50, 30, 15 and 5 %.
    FewCategories,
    /// Twenty equal categories.
    ManyCategories,
    /// 200 categories by Zipf's law.
    Zipf,
    /// Six categories with 10 % nulls.
    CategoriesWithNulls,
    /// True in 30 % of the rows.
    Truth,
    /// Moments over a year in any order.
    Moments,
    /// Sentences.
    FreeText,
    /// Running numbers, going on in the current side.
    RunningNumber,
    /// Random names of rows.
    RowName,
    /// Moments that run on with the rows.
    Clock,
}

/// Every shape; a planted table has one column of each.
pub const SHAPES: [Shape; 22] = [
    Shape::Normal,
    Shape::NormalWithNulls,
    Shape::HeavyBothSides,
    Shape::Amount,
    Shape::Pareto,
    Shape::Latency,
    Shape::TwoHumps,
    Shape::Ratio,
    Shape::ZeroInflated,
    Shape::Counts,
    Shape::BurstyCounts,
    Shape::Age,
    Shape::FewCategories,
    Shape::ManyCategories,
    Shape::Zipf,
    Shape::CategoriesWithNulls,
    Shape::Truth,
    Shape::Moments,
    Shape::FreeText,
    Shape::RunningNumber,
    Shape::RowName,
    Shape::Clock,
];

impl Shape {
    /// Column name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::NormalWithNulls => "normal_with_nulls",
            Self::HeavyBothSides => "heavy_both_sides",
            Self::Amount => "amount",
            Self::Pareto => "pareto",
            Self::Latency => "latency",
            Self::TwoHumps => "two_humps",
            Self::Ratio => "ratio",
            Self::ZeroInflated => "zero_inflated",
            Self::Counts => "counts",
            Self::BurstyCounts => "bursty_counts",
            Self::Age => "age",
            Self::FewCategories => "few_categories",
            Self::ManyCategories => "many_categories",
            Self::Zipf => "zipf",
            Self::CategoriesWithNulls => "categories_with_nulls",
            Self::Truth => "truth",
            Self::Moments => "moments",
            Self::FreeText => "free_text",
            Self::RunningNumber => "running_number",
            Self::RowName => "row_name",
            Self::Clock => "clock",
        }
    }

    /// Share of nulls.
    pub fn null_share(self) -> f64 {
        match self {
            Self::NormalWithNulls => 0.05,
            Self::CategoriesWithNulls => 0.10,
            _ => 0.0,
        }
    }

    /// Shares of the categories; empty for other shapes.
    pub fn category_shares(self) -> Vec<f64> {
        match self {
            Self::FewCategories => vec![0.5, 0.3, 0.15, 0.05],
            Self::ManyCategories => vec![0.05; 20],
            Self::CategoriesWithNulls => vec![0.35, 0.25, 0.15, 0.12, 0.08, 0.05],
            Self::Zipf => {
                let weights: Vec<f64> = (1..=200).map(|rank| 1.0 / f64::from(rank)).collect();
                let total: f64 = weights.iter().sum();
                weights.into_iter().map(|weight| weight / total).collect()
            }
            Self::Truth => vec![0.7, 0.3],
            _ => Vec::new(),
        }
    }

    /// Whether the values are numbers.
    pub fn is_number(self) -> bool {
        self as usize <= Self::Age as usize
    }

    /// Whether values are whole numbers.
    pub fn is_whole(self) -> bool {
        matches!(self, Self::Counts | Self::BurstyCounts | Self::Age)
    }

    /// Whether no change is planted: the column names its rows or runs on with them.
    pub fn is_never_changed(self) -> bool {
        matches!(self, Self::RunningNumber | Self::RowName | Self::Clock)
    }
}
