DELETE FROM schema_compatibility WHERE version = '0015';
DROP INDEX events_by_time;
CREATE INDEX events_by_time ON events (tenant_id, received_at DESC, id DESC);
DROP INDEX events_by_order;
CREATE INDEX events_by_order ON events (tenant_id, order_id);
DROP INDEX events_by_customer;
CREATE INDEX events_by_customer ON events (tenant_id, customer_id);
