-- Events that wait for an order are found among all that wait, of which most wait for a date.
DROP INDEX events_by_state;
CREATE INDEX events_by_state ON events (tenant_id, state, reason_code);

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0014', '0012');
