//! Delimited text in parts.

use std::sync::Arc;

use driftline_chunk::{Field, Schema};

use super::{FileLayout, Layout, Opening};
use crate::IngestError;
use crate::limits::Limits;
use crate::parse::NullSpellings;
use crate::part::{Extent, Part, Range, TablePlan, TextRange, cuts, opened_again};
use crate::source::Slice;

/// The parts of the files of a table, those that can be read from anywhere cut into ranges.
pub(super) fn cut(layout: &Layout, part_bytes: u64) -> Result<(TablePlan, Vec<Part>), IngestError> {
    let limits = layout.files.first().map_or_else(Limits::default, |file| file.stored.limits());
    let plan = TablePlan {
        names: layout.schema.fields().iter().map(|field| field.name.clone()).collect(),
        columns: layout.plans.clone(),
        nulls: layout.nulls.written(),
        max_cell_bytes: layout.max_cell_bytes,
        limits,
    };
    let mut parts = Vec::new();
    for file in &layout.files {
        cut_file(file, part_bytes, &mut parts)?;
    }
    Ok((plan, parts))
}

fn cut_file(file: &FileLayout, part_bytes: u64, parts: &mut Vec<Part>) -> Result<(), IngestError> {
    let (whereabouts, len) = opened_again(&file.stored)?;
    let is_same = file.places.iter().enumerate().all(|(column, place)| column == *place);
    let places = file.places.iter().map(|place| *place as u32);
    let text = TextRange {
        compression: file.stored.compression,
        encoding: file.stored.encoding,
        dialect: file.dialect,
        start: file.start,
        recipe: file.recipe.clone(),
        places: if is_same { Vec::new() } else { places.collect() },
        extent: file.slice.extent,
    };
    let has_one = !file.stored.is_plain() || file.recipe.is_some() || !file.slice.extent.is_whole();
    let part_bytes = if has_one { u64::MAX } else { part_bytes };
    let mut from = None;
    let mut push = |extent: Extent| {
        let name = file.stored.name.clone();
        let (ordinal, bytes) = (parts.len() as u64, extent.within(len));
        let (whereabouts, text) = (whereabouts.clone(), text.clone());
        let range = Range::Text(Box::new(TextRange { extent, ..text }));
        parts.push(Part { source: file.number, name, ordinal, whereabouts, len, bytes, range });
    };
    for to in cuts(file.start, len, part_bytes) {
        push(Extent { from, to: Some(to) });
        from = Some(to);
    }
    push(Extent { from, to: None });
    Ok(())
}

/// What there is to know about the table of one part.
pub(super) fn layout(plan: &TablePlan, part: &Part) -> Result<Layout, IngestError> {
    let Range::Text(text) = &part.range else {
        return Err(IngestError::NotDelimited { name: part.name.clone(), format: "Parquet" });
    };
    // A look at the byte before tells whether a record starts at the first one.
    let from = text.extent.from.map_or(0, |from| from.saturating_sub(1));
    let mut stored = part.stored(from, plan.limits)?;
    (stored.compression, stored.encoding) = (text.compression, text.encoding);
    let places: Arc<[usize]> = if text.places.is_empty() {
        (0..plan.columns.len()).collect()
    } else {
        text.places.iter().map(|place| *place as usize).collect()
    };
    let field = |(name, column): (&String, &crate::plan::ColumnPlan)| Field {
        name: name.clone(),
        physical: column.physical,
    };
    let fields: Vec<Field> = plan.names.iter().zip(&plan.columns).map(field).collect();
    let nulls = NullSpellings::new(&plan.nulls);
    let mut text_special = nulls.clone();
    text_special.suspect(b'"');
    text_special.suspect(text.dialect.quote_byte());
    let file = FileLayout {
        stored,
        dialect: text.dialect,
        start: text.start,
        recipe: text.recipe.clone(),
        places,
        number: part.source,
        slice: Slice { extent: text.extent, ordinal: part.ordinal },
    };
    Ok(Layout {
        files: vec![file],
        schema: Schema::new(fields),
        plans: plan.columns.clone(),
        tallies: Vec::new(),
        opening: Opening::default(),
        max_cell_bytes: plan.max_cell_bytes,
        nulls: Arc::new(nulls),
        text_special: Arc::new(text_special),
    })
}
