DELETE FROM schema_compatibility WHERE version = '0022';

ALTER TABLE permits DROP COLUMN held_by;
ALTER TABLE permits DROP COLUMN held_for;
