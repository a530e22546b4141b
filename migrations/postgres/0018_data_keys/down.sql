DELETE FROM schema_compatibility WHERE version = '0018';
DROP TABLE key_rotations;
ALTER TABLE tenant_keys DROP COLUMN seals_since;
