ALTER TABLE jobs DROP COLUMN owned_until;
ALTER TABLE jobs DROP COLUMN owner;
ALTER TABLE jobs DROP COLUMN progress;
ALTER TABLE jobs DROP COLUMN request;
DROP TABLE brake_counts;
DROP TABLE consents;
DELETE FROM schema_compatibility WHERE version = '0010';
