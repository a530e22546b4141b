-- What a person decides before access is taken away.

-- What a person answered about access that was to be taken away; question names the action and its occasion.
CREATE TABLE consents (
    tenant_id uuid NOT NULL,
    license_id uuid NOT NULL,
    question text NOT NULL,
    answer text NOT NULL,
    event_id uuid NOT NULL,
    answered_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, license_id, question)
);
CALL latchkey_protect('consents', 'tenant_id');

-- Purchases that lost something for good within the last hour: what the brake counts.
CREATE TABLE brake_counts (
    tenant_id uuid NOT NULL,
    storefront_id uuid NOT NULL,
    root_kind text NOT NULL,
    root text NOT NULL,
    counted_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, storefront_id, root_kind, root)
);
CALL latchkey_protect('brake_counts', 'tenant_id');

-- What long work was asked to do, and where it goes on after a restart.
ALTER TABLE jobs ADD COLUMN request text;
ALTER TABLE jobs ADD COLUMN progress text;
ALTER TABLE jobs ADD COLUMN owner uuid;
ALTER TABLE jobs ADD COLUMN owned_until timestamptz;

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0010', '0005');
