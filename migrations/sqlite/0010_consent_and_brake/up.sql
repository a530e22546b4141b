-- What a person decides before access is taken away.

-- What a person answered about access that was to be taken away; question names the action and its occasion.
CREATE TABLE consents (
    tenant_id BLOB NOT NULL,
    license_id BLOB NOT NULL,
    question TEXT NOT NULL,
    answer TEXT NOT NULL,
    event_id BLOB NOT NULL,
    answered_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, license_id, question)
);

-- Purchases that lost something for good within the last hour: what the brake counts.
CREATE TABLE brake_counts (
    tenant_id BLOB NOT NULL,
    storefront_id BLOB NOT NULL,
    root_kind TEXT NOT NULL,
    root TEXT NOT NULL,
    counted_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, storefront_id, root_kind, root)
);

-- What long work was asked to do, and where it goes on after a restart.
ALTER TABLE jobs ADD COLUMN request TEXT;
ALTER TABLE jobs ADD COLUMN progress TEXT;
ALTER TABLE jobs ADD COLUMN owner BLOB;
ALTER TABLE jobs ADD COLUMN owned_until BIGINT;

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0010', '0005');
