-- Findings that moved together. `seen` is an id that is given anew whenever findings are raised, so that incidents
-- sort by when they were seen last. `baseline` is the name of the baseline that was compared with, if any.
CREATE TABLE incidents (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    seen TEXT NOT NULL,
    title TEXT NOT NULL,
    severity TEXT NOT NULL,
    state TEXT NOT NULL,
    confirmed BIGINT NOT NULL,
    assignee TEXT,
    current_name TEXT NOT NULL,
    reference_name TEXT NOT NULL,
    baseline TEXT,
    last_check_id TEXT NOT NULL REFERENCES checks (id),
    columns_total BIGINT NOT NULL,
    findings_total BIGINT NOT NULL,
    findings_open BIGINT NOT NULL,
    checks_total BIGINT NOT NULL,
    version BIGINT NOT NULL,
    first_seen_ms BIGINT NOT NULL,
    last_seen_ms BIGINT NOT NULL,
    updated_ms BIGINT NOT NULL
);
CREATE INDEX incidents_workspace ON incidents (workspace_id, seen);
CREATE INDEX incidents_state ON incidents (workspace_id, state, seen);

CREATE TABLE incident_activities (
    id TEXT PRIMARY KEY,
    incident_id TEXT NOT NULL REFERENCES incidents (id),
    actor TEXT NOT NULL,
    what TEXT NOT NULL,
    at_ms BIGINT NOT NULL
);
CREATE INDEX incident_activities_incident ON incident_activities (incident_id, id);

-- Findings from before have no incident.
ALTER TABLE findings ADD COLUMN incident_id TEXT REFERENCES incidents (id);
CREATE INDEX findings_incident ON findings (incident_id, id);
CREATE INDEX findings_assignee ON findings (workspace_id, assignee, id);
CREATE INDEX checks_current ON checks (workspace_id, current_side);

-- What one person should know.
CREATE TABLE notices (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    kind TEXT NOT NULL,
    finding_id TEXT,
    incident_id TEXT,
    actor TEXT NOT NULL,
    body TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    read_ms BIGINT
);
CREATE INDEX notices_user ON notices (user_id, workspace_id, id);
CREATE INDEX notices_age ON notices (created_ms);

-- Versions of baselines on their way.
CREATE TABLE baseline_jobs (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    datasets TEXT NOT NULL,
    left_out TEXT NOT NULL,
    candidate BIGINT NOT NULL,
    settings TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    ended_ms BIGINT,
    progress TEXT,
    version BIGINT,
    error_code TEXT,
    error_message TEXT
);
CREATE INDEX baseline_jobs_workspace ON baseline_jobs (workspace_id, id);
