-- Contracts in versions, under the name of the datasets they are for. A version without a document: deleted.
CREATE TABLE contracts (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    document TEXT,
    created_ms BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    PRIMARY KEY (workspace_id, name, version)
);

-- The contract that a check was asked to use, in the version that was in force then.
CREATE TABLE check_contracts (
    check_id TEXT PRIMARY KEY REFERENCES checks (id),
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    version BIGINT NOT NULL
);
