use serde::{Deserialize, Serialize};

/// What the values of a column mean, which decides how they are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Kind {
    /// Numbers with a fractional part somewhere.
    Numeric,
    /// Numbers that are all whole.
    Integer,
    /// Two truth values.
    Boolean,
    /// Dates or moments, kept as microseconds since 1970-01-01T00:00:00.
    Datetime,
    /// Text from a limited set of values.
    Categorical,
    /// Free text.
    Text,
    /// A value that names its row: nearly every one is different.
    Identifier,
    /// No value was seen at all.
    Empty,
}

impl Kind {
    /// The word used in reports and in the JSON form.
    pub fn name(self) -> &'static str {
        match self {
            Self::Numeric => "numeric",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Datetime => "datetime",
            Self::Categorical => "categorical",
            Self::Text => "text",
            Self::Identifier => "identifier",
            Self::Empty => "empty",
        }
    }

    /// Whether values of this kind lie on a line, so that distances between them mean something.
    pub fn is_ordered(self) -> bool {
        matches!(self, Self::Numeric | Self::Integer | Self::Datetime)
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}
