-- What belongs to the platform or runs beside the events.

-- The budget of an origin: a slot is free again some time after its answer.
CREATE TABLE permits (
    origin text NOT NULL,
    slot integer NOT NULL,
    free_at timestamptz NOT NULL,
    owner uuid,
    PRIMARY KEY (origin, slot)
);

-- When each process last wrote; what readiness is judged by.
CREATE TABLE heartbeats (
    owner uuid NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (owner)
);

-- Long work, and how far it is.
CREATE TABLE jobs (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    done bigint NOT NULL,
    total bigint NOT NULL,
    result text,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CALL latchkey_protect('jobs', 'tenant_id');

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0005', '0005');
