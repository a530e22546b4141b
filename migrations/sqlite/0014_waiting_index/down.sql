DELETE FROM schema_compatibility WHERE version = '0014';
DROP INDEX events_by_state;
CREATE INDEX events_by_state ON events (tenant_id, state);
