DELETE FROM schema_compatibility WHERE version = '0017';
DROP FUNCTION latchkey_chain_act(uuid, uuid, bigint, bytea);
DROP TABLE audit_to_chain;
