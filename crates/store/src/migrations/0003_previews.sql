-- The profiles of both sides of a check, for saying what other settings would have said.
CREATE TABLE previews (
    check_id TEXT PRIMARY KEY REFERENCES checks (id),
    blob TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    created_ms BIGINT NOT NULL
);
CREATE INDEX previews_blob ON previews (blob);

-- Where the settings of a check come from: those that are not at their defaults, by name.
ALTER TABLE checks ADD COLUMN settings_origins TEXT;

-- One row a version: what differs from the settings of the workspace for all datasets of this name.
CREATE TABLE dataset_settings (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    dataset_name TEXT NOT NULL,
    version BIGINT NOT NULL,
    document TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    PRIMARY KEY (workspace_id, dataset_name, version)
);
