//! A chunk: one bounded Arrow record batch with the positions of its rows in their source.
//!
//! Knows nothing of where a chunk comes from or what is done with it.

mod chunk;
mod schema;

pub use chunk::{CellFailure, Chunk, ChunkError, ColumnValues};
pub use schema::{Field, Physical, Schema};
