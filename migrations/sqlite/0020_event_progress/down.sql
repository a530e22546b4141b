DELETE FROM schema_compatibility WHERE version = '0020';
ALTER TABLE events DROP COLUMN progress;
