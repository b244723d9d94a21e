use serde::{Deserialize, Serialize};

/// Whether a dataset can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum DatasetState {
    /// It can be used.
    Ready,
    /// Its data are gone; checks made with it stay.
    Deleted,
}

/// A table that was uploaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Dataset {
    /// Id.
    pub id: String,
    /// The workspace.
    pub workspace_id: String,
    /// Name that people see, as a rule that of the file.
    pub name: String,
    /// Bytes as uploaded.
    pub size_bytes: i64,
    /// SHA-256 of the bytes as uploaded, in hexadecimal digits.
    pub sha256: String,
    /// Whether it can be used.
    pub state: DatasetState,
    /// When it was uploaded.
    pub created_ms: i64,
    /// Who uploaded it: the id of a user.
    pub created_by: String,
    /// When it is deleted by itself; absent: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_ms: Option<i64>,
}

/// A dataset with what a look inside shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DatasetDetails {
    /// The dataset.
    pub dataset: Dataset,
    /// How the file is written: its `format`, the archive that it is `packed_in`, and where it is CSV its delimiter,
    /// quote, encoding and so on.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub dialect: serde_json::Value,
    /// Names of the columns with how they are held.
    pub columns: Vec<[String; 2]>,
    /// The first rows as text, null where there is no value.
    pub preview: Vec<Vec<Option<String>>>,
}

/// How far an upload has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum UploadState {
    /// Bytes are missing.
    Open,
    /// All bytes came and the dataset is there.
    Done,
}

/// A resumable upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Upload {
    /// Id.
    pub id: String,
    /// The workspace.
    pub workspace_id: String,
    /// Name of the dataset to be.
    pub name: String,
    /// Bytes in all.
    pub length_bytes: i64,
    /// Bytes that are safe on the disk.
    pub offset_bytes: i64,
    /// How far it has come.
    pub state: UploadState,
    /// The dataset that came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dataset_id: Option<String>,
    /// When it was begun.
    pub created_ms: i64,
    /// Who began it: the id of a user.
    pub created_by: String,
    /// When it is given up unless it goes on.
    pub expires_ms: i64,
}
