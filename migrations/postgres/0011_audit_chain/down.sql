DELETE FROM schema_compatibility WHERE version = '0011';
DROP TABLE audit_heads;
DROP INDEX audit_by_number;
ALTER TABLE audit DROP COLUMN link;
ALTER TABLE audit DROP COLUMN number;
