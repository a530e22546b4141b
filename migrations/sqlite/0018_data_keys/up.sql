-- A company's data key can be renewed while everything runs.

-- Since when a key seals. A new data key only opens at first, until every process knows it: null.
ALTER TABLE tenant_keys ADD COLUMN seals_since BIGINT;
UPDATE tenant_keys SET seals_since = created_at;

-- How far sealing anew under the newest data key is; finished_at once the keys before it are destroyed.
CREATE TABLE key_rotations (
    tenant_id BLOB NOT NULL,
    version INTEGER NOT NULL,
    begun_at BIGINT NOT NULL,
    sealing_since BIGINT,
    -- The round through all columns that is under way, how many they are, the column that it has come to, and the row.
    round INTEGER NOT NULL,
    round_begun_at BIGINT,
    column_count INTEGER NOT NULL,
    column_number INTEGER NOT NULL,
    after_row BLOB NOT NULL,
    -- Values that this round found under an older key, and of these the ones that do not open.
    found BIGINT NOT NULL,
    unopened BIGINT NOT NULL,
    -- Values that all rounds sealed anew.
    sealed_anew BIGINT NOT NULL,
    finished_at BIGINT,
    PRIMARY KEY (tenant_id)
);

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0018', '0012');
