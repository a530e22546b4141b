-- What arrives, and what waits to be worked.

-- One POST to a hook; of the refused ones only a sample.
CREATE TABLE deliveries (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    storefront_id BLOB NOT NULL,
    received_at BIGINT NOT NULL,
    body_bytes BIGINT NOT NULL,
    events INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    cause TEXT,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX deliveries_by_time ON deliveries (tenant_id, received_at);

-- How many deliveries were refused in an hour, by cause.
CREATE TABLE refusals (
    tenant_id BLOB NOT NULL,
    storefront_id BLOB NOT NULL,
    hour BIGINT NOT NULL,
    cause TEXT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, storefront_id, hour, cause)
) WITHOUT ROWID;

-- One event of the shop, or a date of our own (then without source_event_id). due_at is null for all that is not to be worked.
CREATE TABLE events (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    storefront_id BLOB NOT NULL,
    delivery_id BLOB,
    source_event_id TEXT,
    event_type TEXT NOT NULL,
    live BOOLEAN NOT NULL,
    lane INTEGER NOT NULL,
    subject TEXT NOT NULL,
    state TEXT NOT NULL,
    reason_code TEXT,
    reason_subject TEXT,
    reason_details TEXT,
    order_id TEXT,
    order_reference TEXT,
    subscription_id TEXT,
    customer_id BLOB,
    headline TEXT,
    occurred_at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    settled_at BIGINT,
    attempts INTEGER NOT NULL,
    claims INTEGER NOT NULL,
    due_at BIGINT,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, storefront_id, source_event_id)
);
CREATE INDEX events_due ON events (tenant_id, lane, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX events_by_time ON events (tenant_id, received_at DESC, id DESC);
CREATE INDEX events_by_state ON events (tenant_id, state);
CREATE INDEX events_by_subject ON events (tenant_id, subject);
CREATE INDEX events_by_order ON events (tenant_id, order_id);

-- What the shop sent, sealed; large, and dropped by retention.
CREATE TABLE payloads (
    tenant_id BLOB NOT NULL,
    event_id BLOB NOT NULL,
    received_at BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (tenant_id, event_id, received_at)
);

-- Which process works on a subject, and until when.
CREATE TABLE leases (
    tenant_id BLOB NOT NULL,
    subject TEXT NOT NULL,
    owner BLOB NOT NULL,
    until BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, subject)
) WITHOUT ROWID;
CREATE INDEX leases_by_owner ON leases (owner);

-- When a tenant last had its turn, so that all have one.
CREATE TABLE tenant_turns (
    tenant_id BLOB NOT NULL,
    served_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id)
) WITHOUT ROWID;

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0003', '0003');
