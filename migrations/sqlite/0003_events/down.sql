DROP TABLE tenant_turns;
DROP TABLE leases;
DROP TABLE payloads;
DROP TABLE events;
DROP TABLE refusals;
DROP TABLE deliveries;
DELETE FROM schema_compatibility WHERE version = '0003';
