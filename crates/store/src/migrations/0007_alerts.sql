-- Places that alerts are sent to. `config` and `secrets` are JSON objects of texts; secrets never leave the service.
CREATE TABLE channels (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    enabled BIGINT NOT NULL,
    config TEXT NOT NULL,
    secrets TEXT NOT NULL,
    templates TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    updated_ms BIGINT NOT NULL
);
CREATE INDEX channels_workspace ON channels (workspace_id, id);

CREATE TABLE alert_rules (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    position BIGINT NOT NULL,
    document TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    updated_ms BIGINT NOT NULL
);
CREATE INDEX alert_rules_workspace ON alert_rules (workspace_id, position);

-- What a rule knows of an incident, and when it is to look at it again.
CREATE TABLE alerts (
    rule_id TEXT NOT NULL,
    incident_id TEXT NOT NULL,
    workspace_id TEXT NOT NULL,
    document TEXT NOT NULL,
    due_ms BIGINT,
    PRIMARY KEY (rule_id, incident_id)
);
CREATE INDEX alerts_due ON alerts (due_ms);
CREATE INDEX alerts_incident ON alerts (incident_id);

-- What a rule knows of the coming and going of incidents about one name of data.
CREATE TABLE alert_flaps (
    rule_id TEXT NOT NULL,
    stream TEXT NOT NULL,
    document TEXT NOT NULL,
    updated_ms BIGINT NOT NULL,
    PRIMARY KEY (rule_id, stream)
);
CREATE INDEX alert_flaps_age ON alert_flaps (updated_ms);

-- Messages on their way, and those that have arrived or were given up.
CREATE TABLE deliveries (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    channel_id TEXT NOT NULL,
    channel_name TEXT NOT NULL,
    channel_kind TEXT NOT NULL,
    rule_id TEXT,
    rule_name TEXT,
    incident_id TEXT,
    event TEXT NOT NULL,
    title TEXT NOT NULL,
    severity TEXT NOT NULL,
    message TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    give_up_ms BIGINT NOT NULL,
    next_attempt_ms BIGINT,
    attempted_ms BIGINT,
    ended_ms BIGINT,
    lease_owner TEXT,
    lease_until_ms BIGINT,
    error TEXT,
    http_status BIGINT,
    duration_ms BIGINT
);
CREATE INDEX deliveries_workspace ON deliveries (workspace_id, id);
CREATE INDEX deliveries_state ON deliveries (state, next_attempt_ms);
CREATE INDEX deliveries_order ON deliveries (channel_id, incident_id, id);
CREATE INDEX deliveries_ended ON deliveries (ended_ms);

-- Workspaces from before tell their admins of high and critical incidents, as they did.
INSERT INTO channels (id, workspace_id, name, kind, enabled, config, secrets, templates, version, created_ms,
    created_by, updated_ms)
SELECT id, id, 'Notices in the dashboard', 'in_app', 1, '{"least_role":"admin"}', '{}', '{}', 1, created_ms, 'system',
    created_ms FROM workspaces;
INSERT INTO alert_rules (id, workspace_id, position, document, version, created_ms, created_by, updated_ms)
SELECT id, id, 0, '{"name":"High and critical incidents","channels":["' || id ||
    '"],"on_worsened":false,"on_reopened":false,"on_resolved":false,"flapping":{"max_times":0}}', 1, created_ms,
    'system', created_ms FROM workspaces;
