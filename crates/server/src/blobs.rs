//! Files of the data folder: uploads on their way, data, reports, baselines.

use std::path::{Path, PathBuf};

use driftline_store::{AtomicFile, Database, Dialect, StoreError, Workspace};

/// The data folder.
#[derive(Debug, Clone)]
pub(crate) struct DataFolder {
    root: PathBuf,
}

impl DataFolder {
    /// The folder with all it needs inside.
    ///
    /// # Errors
    /// When it cannot be made or written to.
    pub(crate) fn open(root: &Path) -> std::io::Result<Self> {
        let folder = Self { root: root.to_path_buf() };
        for part in ["uploads", "blobs", "workspaces"] {
            std::fs::create_dir_all(folder.root.join(part))?;
        }
        // Whoever else is on the machine has no business here.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&folder.root, std::fs::Permissions::from_mode(0o700))?;
        }
        Ok(folder)
    }

    /// The folder itself.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The database, unless another one was given.
    pub(crate) fn database(&self) -> PathBuf {
        self.root.join("driftline.db")
    }

    /// Says that the folder belongs to the database of this identity, unless it belongs to one already; whether it is
    /// this one. The files that another database names would be swept away as orphans.
    ///
    /// # Errors
    /// When the folder cannot be read or written to.
    pub(crate) fn belongs_to(&self, identity: i64) -> std::io::Result<bool> {
        let (path, wanted) = (self.root.join("database.id"), format!("{identity:016x}\n"));
        match std::fs::read_to_string(&path) {
            Ok(known) => Ok(known == wanted),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let written = AtomicFile::write(&path, wanted.as_bytes());
                written.map(|()| true).map_err(|error| match error {
                    StoreError::Io { source, .. } => source,
                    other => std::io::Error::other(other),
                })
            }
            Err(error) => Err(error),
        }
    }

    /// The bytes of an upload that have come so far. `id` is one of our own ids.
    pub(crate) fn upload(&self, id: &str) -> PathBuf {
        self.root.join("uploads").join(id)
    }

    /// A blob. `name` is one of our own ids.
    pub(crate) fn blob(&self, name: &str) -> PathBuf {
        self.root.join("blobs").join(name)
    }

    /// The baselines of a workspace. `id` is one of our own ids.
    pub(crate) fn baselines(&self, workspace_id: &str) -> Workspace {
        Workspace::at(self.root.join("workspaces").join(workspace_id))
    }

    /// What a monitor keeps. `id` is one of our own ids.
    pub(crate) fn monitor(&self, id: &str) -> PathBuf {
        self.monitors().join(id)
    }

    /// Where monitors keep what they have learned.
    pub(crate) fn monitors(&self) -> PathBuf {
        self.root.join("monitors")
    }

    /// Writes a blob, which is whole and on the disk when this returns.
    ///
    /// # Errors
    /// When the disk is full or may not be written to.
    pub(crate) async fn write(&self, name: &str, bytes: Vec<u8>) -> Result<(), StoreError> {
        let path = self.blob(name);
        let written = tokio::task::spawn_blocking(move || AtomicFile::write(&path, &bytes)).await;
        written.unwrap_or_else(|error| Err(lost("write", self.blob(name), &error)))
    }

    /// Removes a blob that was written for a change that did not come about, so that a full disk is not kept full by
    /// it. A database elsewhere may have made the change although its answer was lost: there the sweeper looks
    /// later. Says whether it is gone.
    pub(crate) async fn remove_unused(&self, database: &Database, name: &str) -> bool {
        let is_sure = database.dialect() == Dialect::Sqlite;
        let is_unused = is_sure && database.is_blob_used(name).await.is_ok_and(|is_used| !is_used);
        // What cannot be removed now is removed by the sweeper.
        is_unused && tokio::fs::remove_file(self.blob(name)).await.is_ok()
    }

    /// The bytes of a blob.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    pub(crate) async fn read(&self, name: &str) -> Result<Vec<u8>, StoreError> {
        let path = self.blob(name);
        let read = tokio::fs::read(&path).await;
        read.map_err(|source| StoreError::Io { action: "read", path, source })
    }
}

fn lost(action: &'static str, path: PathBuf, error: &tokio::task::JoinError) -> StoreError {
    StoreError::Io { action, path, source: std::io::Error::other(error.to_string()) }
}
