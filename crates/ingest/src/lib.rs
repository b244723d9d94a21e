//! Bytes to chunks: finds out how a table is written, cuts it into records and decodes them, in parallel.
//!
//! Knows nothing of statistics. What cannot be read is set aside with its place and the reason, never fatal.

mod clean;
mod column;
mod decode;
mod dialect;
mod error;
mod format;
mod head;
mod infer;
mod limits;
pub mod live;
mod location;
mod measure;
mod opened;
mod options;
mod parse;
mod part;
mod plan;
mod pool;
mod reader;
mod records;
mod repair;
mod scan;
mod sniff;
mod source;
mod spool;
mod sql;
mod stored;
mod table;
mod text;
mod whereabouts;

pub use clean::{Cleaned, clean};
pub use dialect::{Decimal, Dialect, Encoding, Escape, Newline};
pub use error::{Category, IngestError};
pub use limits::Limits;
pub use location::{Location, Remote};
pub use measure::{Contents, contents, first_text};
pub use opened::{Sniffing, Table, open, sniff};
pub use options::{ReadOptions, Repairs};
pub use part::{Learnt, Part, Span, TablePlan};
pub use reader::RawChunk;
pub use repair::{Aside, AsideKind, Forensics, Repair, RepairKind};
pub use sniff::Decision;
pub use source::arrays::ArrayReader;
pub use source::{Decoded, Rejected, Source};
pub use sql::{BoundCondition, Query, SqlCondition, SqlMetric, named_tables, query};
pub use table::{Opening, Seen};
