//! The columns of an Arrow schema that rows are made of.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::Array as _;
use arrow_array::RecordBatch;
use arrow_array::cast::AsArray as _;
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field, FieldRef, Schema};

use super::cells::Cells;
use super::{ArrowRowsError, damaged};
use crate::source::batches::{MAX_DEPTH, kind, natural, path};

/// A column.
pub(super) struct Leaf {
    pub(super) name: String,
    field: FieldRef,
    /// Its place in the batch, then in every structure that it lies in.
    places: Vec<usize>,
}

/// The columns of a schema, structures flattened to `a.b`, and what is left out, with the reason.
pub(super) fn leaves_of(schema: &Schema) -> (Vec<Leaf>, Vec<String>) {
    let mut found = Found::default();
    for (place, field) in schema.fields().iter().enumerate() {
        found.add(field, "", &[place]);
    }
    (found.leaves, found.skipped)
}

#[derive(Default)]
struct Found {
    leaves: Vec<Leaf>,
    skipped: Vec<String>,
    taken: HashSet<String>,
}

impl Found {
    fn add(&mut self, field: &FieldRef, prefix: &str, places: &[usize]) {
        let name = path(prefix, field.name());
        if let DataType::Struct(fields) = field.data_type()
            && places.len() <= MAX_DEPTH
        {
            for (place, field) in fields.iter().enumerate() {
                self.add(field, &name, &[places, &[place]].concat());
            }
            return;
        }
        let reason = match field.data_type() {
            data_type if natural(data_type).is_none() => format!("it holds {}", kind(data_type)),
            data_type if is_nested(data_type) && refers(data_type) => {
                "it holds lists of values that stand elsewhere, in dictionaries, runs or views".to_owned()
            }
            _ if !self.taken.insert(name.clone()) => "another one has its name".to_owned(),
            _ => {
                let leaf = Leaf { name, field: Arc::clone(field), places: places.to_vec() };
                return self.leaves.push(leaf);
            }
        };
        self.skipped.push(format!("column `{name}` is skipped: {reason}"));
    }
}

fn is_nested(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => is_nested(values),
        DataType::RunEndEncoded(_, values) => is_nested(values.data_type()),
        data_type => data_type.is_nested(),
    }
}

/// Whether something within a list only refers to its values, so that a few bytes could stand for any number.
fn refers(data_type: &DataType) -> bool {
    let within = |field: &Field| match field.data_type() {
        DataType::Dictionary(..)
        | DataType::RunEndEncoded(..)
        | DataType::Utf8View
        | DataType::BinaryView
        | DataType::ListView(_)
        | DataType::LargeListView(_)
        | DataType::Union(..) => true,
        inner => refers(inner),
    };
    match data_type {
        DataType::List(field)
        | DataType::LargeList(field)
        | DataType::FixedSizeList(field, _)
        | DataType::Map(field, _) => within(field),
        DataType::Struct(fields) => fields.iter().any(|field| within(field)),
        DataType::Dictionary(_, values) => refers(values),
        DataType::RunEndEncoded(_, values) => refers(values.data_type()),
        _ => false,
    }
}

impl Leaf {
    /// Its cells in a batch.
    pub(super) fn cells(&self, batch: &RecordBatch, most_bytes: usize) -> Result<Cells, ArrowRowsError> {
        let missing = || damaged(format!("a batch lacks the column `{}`", self.name));
        let (first, deeper) = self.places.split_first().ok_or_else(missing)?;
        let mut array = batch.columns().get(*first).ok_or_else(missing)?;
        let mut gaps: Option<NullBuffer> = None;
        for place in deeper {
            let structure = array.as_struct_opt().ok_or_else(missing)?;
            gaps = NullBuffer::union(gaps.as_ref(), structure.nulls());
            array = structure.columns().get(*place).ok_or_else(missing)?;
        }
        Cells::of(array, &self.field, gaps, most_bytes)
    }
}
