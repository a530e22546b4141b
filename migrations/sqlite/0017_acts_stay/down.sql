DELETE FROM schema_compatibility WHERE version = '0017';
DROP TRIGGER audit_heads_are_never_deleted;
DROP TRIGGER audit_is_never_deleted;
DROP TRIGGER audit_is_never_changed;
DROP TABLE audit_to_chain;
