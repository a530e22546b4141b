-- People are listed by time, and their licenses and messages found by them.
CREATE INDEX customers_by_time ON customers (tenant_id, created_at DESC, id DESC);
CREATE INDEX licenses_by_customer ON licenses (tenant_id, customer_id);
CREATE INDEX events_by_customer ON events (tenant_id, customer_id);

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0012', '0011');
