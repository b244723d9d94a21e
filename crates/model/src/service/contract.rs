use serde::{Deserialize, Serialize};

use crate::Contract;

/// A contract in force: the text with where it comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContractVersion {
    /// Its name: that of the datasets it is for.
    pub name: String,
    /// Its version, from 1.
    pub version: i64,
    /// The text.
    pub toml: String,
    /// When this version was set.
    pub created_ms: i64,
    /// Who set it: the id of a user.
    pub created_by: String,
}

/// A contract in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContractSummary {
    /// Its name: that of the datasets it is for.
    pub name: String,
    /// Its version, from 1.
    pub version: i64,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Number of rules.
    pub rules: u64,
    /// When this version was set.
    pub created_ms: i64,
    /// Who set it: the id of a user.
    pub created_by: String,
}

/// A contract with what its text says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContractDetails {
    /// Its name: that of the datasets it is for.
    pub name: String,
    /// Its version, from 1.
    pub version: i64,
    /// The text.
    pub toml: String,
    /// What the text says.
    pub contract: Contract,
    /// The rules in words, in the order of `contract.rules`.
    pub promises: Vec<String>,
    /// When this version was set.
    pub created_ms: i64,
    /// Who set it: the id of a user.
    pub created_by: String,
}
