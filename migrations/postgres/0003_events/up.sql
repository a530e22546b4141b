-- What arrives, and what waits to be worked.

-- One POST to a hook; of the refused ones only a sample.
CREATE TABLE deliveries (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    storefront_id uuid NOT NULL,
    received_at timestamptz NOT NULL,
    body_bytes bigint NOT NULL,
    events integer NOT NULL,
    outcome text NOT NULL,
    cause text,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX deliveries_by_time ON deliveries (tenant_id, received_at);
CALL latchkey_protect('deliveries', 'tenant_id');

-- How many deliveries were refused in an hour, by cause.
CREATE TABLE refusals (
    tenant_id uuid NOT NULL,
    storefront_id uuid NOT NULL,
    hour timestamptz NOT NULL,
    cause text NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (tenant_id, storefront_id, hour, cause)
);
CALL latchkey_protect('refusals', 'tenant_id');

-- One event of the shop, or a date of our own (then without source_event_id). due_at is null for all that is not to be worked.
CREATE TABLE events (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    storefront_id uuid NOT NULL,
    delivery_id uuid,
    source_event_id text,
    event_type text NOT NULL,
    live boolean NOT NULL,
    lane integer NOT NULL,
    subject text NOT NULL,
    state text NOT NULL,
    reason_code text,
    reason_subject text,
    reason_details text,
    order_id text,
    order_reference text,
    subscription_id text,
    customer_id uuid,
    headline text,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    settled_at timestamptz,
    attempts integer NOT NULL,
    claims integer NOT NULL,
    due_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, storefront_id, source_event_id)
);
CREATE INDEX events_due ON events (tenant_id, lane, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX events_by_time ON events (tenant_id, received_at DESC, id DESC);
CREATE INDEX events_by_state ON events (tenant_id, state);
CREATE INDEX events_by_subject ON events (tenant_id, subject);
CREATE INDEX events_by_order ON events (tenant_id, order_id);
CALL latchkey_protect('events', 'tenant_id');

-- What the shop sent, sealed; large, and dropped by retention.
CREATE TABLE payloads (
    tenant_id uuid NOT NULL,
    event_id uuid NOT NULL,
    received_at timestamptz NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (tenant_id, event_id, received_at)
) PARTITION BY RANGE (received_at);
-- Catches rows outside the months made so far, so that nothing is ever refused for its date.
CREATE TABLE payloads_default PARTITION OF payloads DEFAULT;
CALL latchkey_protect('payloads', 'tenant_id');
CALL latchkey_protect('payloads_default', 'tenant_id');

-- Which process works on a subject, and until when.
CREATE TABLE leases (
    tenant_id uuid NOT NULL,
    subject text NOT NULL,
    owner uuid NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, subject)
);
CREATE INDEX leases_by_owner ON leases (owner);
CALL latchkey_protect('leases', 'tenant_id');

-- When a tenant last had its turn, so that all have one.
CREATE TABLE tenant_turns (
    tenant_id uuid NOT NULL,
    served_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id)
);
CALL latchkey_protect('tenant_turns', 'tenant_id');

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0003', '0003');
