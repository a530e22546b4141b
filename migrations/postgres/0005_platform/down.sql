DROP TABLE jobs;
DROP TABLE heartbeats;
DROP TABLE permits;
DELETE FROM schema_compatibility WHERE version = '0005';
