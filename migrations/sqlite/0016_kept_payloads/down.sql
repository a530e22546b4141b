DELETE FROM schema_compatibility WHERE version = '0016';
