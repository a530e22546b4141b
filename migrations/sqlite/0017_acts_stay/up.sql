-- Acts are only ever added: what is on record can neither be changed nor deleted, unless by whoever drops these triggers.

-- Companies whose acts all come from before there was a chain. The first start after this chains them, once.
CREATE TABLE audit_to_chain (
    tenant_id BLOB NOT NULL,
    PRIMARY KEY (tenant_id)
);
INSERT INTO audit_to_chain (tenant_id)
SELECT tenant_id FROM audit WHERE tenant_id NOT IN (SELECT tenant_id FROM audit_heads)
GROUP BY tenant_id HAVING max(number) = 0;

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
WHEN OLD.number <> 0 OR NOT EXISTS (SELECT 1 FROM audit_to_chain WHERE tenant_id = OLD.tenant_id)
BEGIN
    SELECT RAISE(ABORT, 'acts are never changed');
END;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'acts are never deleted');
END;
CREATE TRIGGER audit_heads_are_never_deleted BEFORE DELETE ON audit_heads
BEGIN
    SELECT RAISE(ABORT, 'the end of a chain is never deleted');
END;

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0017', '0012');
