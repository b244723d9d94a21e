-- Monitors. `owner` is the instance that runs one; it belongs to another one when it has said nothing until `lease_ms`.
CREATE TABLE monitors (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    feed TEXT NOT NULL,
    settings TEXT NOT NULL,
    state TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    updated_ms BIGINT NOT NULL,
    owner TEXT,
    lease_ms BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX monitors_name ON monitors (workspace_id, name);

-- Windows that were closed: an hour of minutes, a minute of single ones together, compressed.
CREATE TABLE monitor_windows (
    monitor_id TEXT NOT NULL REFERENCES monitors (id),
    resolution TEXT NOT NULL,
    start_ms BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (monitor_id, resolution, start_ms)
);

-- What a monitor has raised, so that it can say when it is over.
ALTER TABLE findings ADD COLUMN monitor_id TEXT;
ALTER TABLE findings ADD COLUMN metric TEXT;
CREATE INDEX findings_monitor ON findings (monitor_id, state);
