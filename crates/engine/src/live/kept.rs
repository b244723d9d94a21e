//! Profiles within what a monitor keeps over a restart.

use driftline_profile::TableProfile;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serializer};

/// A profile as its bytes.
pub(super) fn serialize<S: Serializer>(profile: &TableProfile, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(&profile.to_bytes())
}

/// A profile from its bytes.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TableProfile, D::Error> {
    let bytes = Vec::<u8>::deserialize(deserializer)?;
    TableProfile::from_bytes(&bytes).map_err(D::Error::custom)
}

/// The same where there may be none.
pub(super) mod optional {
    use super::{Deserialize, Deserializer, Serializer, TableProfile};
    use serde::Serialize;
    use serde::de::Error as _;

    pub(in super::super) fn serialize<S: Serializer>(
        profile: &Option<TableProfile>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        profile.as_ref().map(TableProfile::to_bytes).serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<TableProfile>, D::Error> {
        let bytes = Option::<Vec<u8>>::deserialize(deserializer)?;
        bytes.map(|bytes| TableProfile::from_bytes(&bytes).map_err(D::Error::custom)).transpose()
    }
}
