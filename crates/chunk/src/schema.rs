use std::sync::Arc;

use arrow_schema::{DataType, TimeUnit};

/// How the values of a column are held in memory. What they mean is for the profile to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Physical {
    /// `Float64`. NaN never occurs: a NaN in the source is a null.
    Number,
    /// `Boolean`.
    Boolean,
    /// `Timestamp(Microsecond, None)`: microseconds since 1970-01-01T00:00:00, zone taken into account
    /// where the source gives one.
    Datetime,
    /// `Utf8View`.
    Text,
}

impl Physical {
    /// All of them; their places are their codes.
    const ALL: [Self; 4] = [Self::Number, Self::Boolean, Self::Datetime, Self::Text];

    /// The number that stands for it where it is kept.
    pub fn code(self) -> u8 {
        Self::ALL.iter().position(|physical| *physical == self).unwrap_or_default() as u8
    }

    /// What a code stands for; text when it is none.
    pub fn of_code(code: u8) -> Self {
        Self::ALL.get(usize::from(code)).copied().unwrap_or(Self::Text)
    }

    /// The Arrow type.
    pub fn data_type(self) -> DataType {
        match self {
            Self::Number => DataType::Float64,
            Self::Boolean => DataType::Boolean,
            Self::Datetime => DataType::Timestamp(TimeUnit::Microsecond, None),
            Self::Text => DataType::Utf8View,
        }
    }
}

/// A column's name and how it is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Column name, unique in its schema.
    pub name: String,
    /// How its values are held.
    pub physical: Physical,
}

/// The columns of a table in order. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    fields: Arc<[Field]>,
}

impl Schema {
    /// A schema of these fields.
    pub fn new(fields: impl Into<Arc<[Field]>>) -> Self {
        Self { fields: fields.into() }
    }

    /// The fields in column order.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Number of columns.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there is no column.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The same as an Arrow schema; every column nullable.
    pub fn arrow(&self) -> arrow_schema::Schema {
        let fields: Vec<_> = self
            .fields
            .iter()
            .map(|field| arrow_schema::Field::new(&field.name, field.physical.data_type(), true))
            .collect();
        arrow_schema::Schema::new(fields)
    }
}
