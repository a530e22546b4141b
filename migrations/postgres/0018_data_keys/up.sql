-- A company's data key can be renewed while everything runs.

-- Since when a key seals. A new data key only opens at first, until every process knows it: null.
ALTER TABLE tenant_keys ADD COLUMN seals_since timestamptz;
-- Row-level security holds the owner too.
SET LOCAL latchkey.platform = 'upkeep';
UPDATE tenant_keys SET seals_since = created_at;

-- How far sealing anew under the newest data key is; finished_at once the keys before it are destroyed.
CREATE TABLE key_rotations (
    tenant_id uuid NOT NULL,
    version integer NOT NULL,
    begun_at timestamptz NOT NULL,
    sealing_since timestamptz,
    -- The round through all columns that is under way, how many they are, the column that it has come to, and the row.
    round integer NOT NULL,
    round_begun_at timestamptz,
    column_count integer NOT NULL,
    column_number integer NOT NULL,
    after_row uuid NOT NULL,
    -- Values that this round found under an older key, and of these the ones that do not open.
    found bigint NOT NULL,
    unopened bigint NOT NULL,
    -- Values that all rounds sealed anew.
    sealed_anew bigint NOT NULL,
    finished_at timestamptz,
    PRIMARY KEY (tenant_id)
);
CALL latchkey_protect('key_rotations', 'tenant_id');

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0018', '0012');
