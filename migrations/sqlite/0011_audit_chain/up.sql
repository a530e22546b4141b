-- Acts are chained: each holds a keyed hash of itself and of the one before, so that none can be altered or taken out unseen.

-- Acts of before have no number and no link; the first act that is chained takes them in.
ALTER TABLE audit ADD COLUMN number BIGINT NOT NULL DEFAULT 0;
ALTER TABLE audit ADD COLUMN link BLOB NOT NULL DEFAULT x'';
CREATE UNIQUE INDEX audit_by_number ON audit (tenant_id, number) WHERE number > 0;

-- The latest act of a tenant, sealed, so that a chain that was cut short is seen.
CREATE TABLE audit_heads (
    tenant_id BLOB NOT NULL,
    number BIGINT NOT NULL,
    link BLOB NOT NULL,
    seal BLOB NOT NULL,
    PRIMARY KEY (tenant_id)
);

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0011', '0011');
