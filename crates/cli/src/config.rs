//! Settings in layers: defaults, `driftline.toml`, environment, flags; each value knows where it came from.

mod layers;
mod nearest;
mod table;
mod value;

pub(crate) use layers::{
    AlertSettings, ClusterSettings, Configuration, OidcSettings, Overrides, ServerSettings, defaults, load,
};
pub(crate) use nearest::nearest;
pub(crate) use table::{SETTINGS, Setting, Shape, place, value_at};
pub(crate) use value::show;
