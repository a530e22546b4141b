-- What belongs to the platform or runs beside the events.

-- The budget of an origin: a slot is free again some time after its answer.
CREATE TABLE permits (
    origin TEXT NOT NULL,
    slot INTEGER NOT NULL,
    free_at BIGINT NOT NULL,
    owner BLOB,
    PRIMARY KEY (origin, slot)
);

-- When each process last wrote; what readiness is judged by.
CREATE TABLE heartbeats (
    owner BLOB NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (owner)
);

-- Long work, and how far it is.
CREATE TABLE jobs (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    done BIGINT NOT NULL,
    total BIGINT NOT NULL,
    result TEXT,
    started_at BIGINT NOT NULL,
    finished_at BIGINT,
    PRIMARY KEY (tenant_id, id)
);

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0005', '0005');
