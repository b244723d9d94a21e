-- The name of the baseline that a check compared with, without its version; absent when it was a dataset.
ALTER TABLE checks ADD COLUMN reference_baseline TEXT;
-- `{"baseline":"NAME@VERSION"}` without its end, and from its 14th character on.
UPDATE checks SET reference_baseline =
    SUBSTR(RTRIM(RTRIM(reference_side, '0123456789"}'), '@'), 14)
    WHERE reference_side LIKE '{"baseline":"%';

-- For the lists of checks by state, dataset and baseline.
CREATE INDEX checks_state ON checks (workspace_id, state, id);
CREATE INDEX checks_reference ON checks (workspace_id, reference_side);
CREATE INDEX checks_baseline ON checks (workspace_id, reference_baseline, id);
-- For letting checks grow old: which have ended long ago, and which is the newest of a pair of names.
CREATE INDEX checks_ended ON checks (ended_ms);
CREATE INDEX checks_names ON checks (workspace_id, current_name, reference_name, id);
CREATE INDEX checks_report ON checks (report_blob);
-- For searching the audit log by who did something.
CREATE INDEX audit_actor ON audit (workspace_id, actor, sequence);
