-- Acts are only ever added: the role that serves can neither change nor delete what is on record.

-- Companies whose acts all come from before there was a chain. The first start after this chains them, once.
CREATE TABLE audit_to_chain (
    tenant_id uuid NOT NULL,
    PRIMARY KEY (tenant_id)
);
CALL latchkey_protect('audit_to_chain', 'tenant_id');

-- Row-level security holds the owner too.
SET LOCAL latchkey.platform = 'upkeep';
INSERT INTO audit_to_chain (tenant_id)
SELECT tenant_id FROM audit WHERE tenant_id NOT IN (SELECT tenant_id FROM audit_heads)
GROUP BY tenant_id HAVING max(number) = 0;

-- Gives an act of before its place; by the owner, since nobody else may change one.
CREATE FUNCTION latchkey_chain_act(whose uuid, act uuid, its_number bigint, its_link bytea) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE audit SET number = its_number, link = its_link
    WHERE tenant_id = whose AND id = act AND number = 0
        AND EXISTS (SELECT FROM audit_to_chain WHERE tenant_id = whose)
$$;
REVOKE EXECUTE ON FUNCTION latchkey_chain_act(uuid, uuid, bigint, bytea) FROM PUBLIC;

-- What was granted before; `latchkey migrate` grants no more than this from now on.
DO $$
DECLARE
    serving regrole;
BEGIN
    FOR serving IN
        SELECT DISTINCT granted.grantee FROM pg_class, aclexplode(relacl) AS granted
        WHERE pg_class.oid = 'audit'::regclass AND granted.grantee NOT IN (0, relowner)
    LOOP
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON audit FROM %s', serving);
        EXECUTE format('REVOKE DELETE, TRUNCATE ON audit_heads FROM %s', serving);
    END LOOP;
END
$$;

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0017', '0012');
