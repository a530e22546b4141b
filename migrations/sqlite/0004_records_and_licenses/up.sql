-- What the shop says, what was given for it, and how.

-- What the shop says of an order; known by its id, or at first by its reference alone.
CREATE TABLE orders (
    tenant_id BLOB NOT NULL,
    storefront_id BLOB NOT NULL,
    order_id TEXT NOT NULL,
    reference TEXT,
    live BOOLEAN NOT NULL,
    customer_id BLOB,
    record TEXT NOT NULL,
    changed_at BIGINT,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, storefront_id, order_id)
);
CREATE INDEX orders_by_reference ON orders (tenant_id, reference);

-- Which subscriptions an order began or paid for.
CREATE TABLE order_subscriptions (
    tenant_id BLOB NOT NULL,
    storefront_id BLOB NOT NULL,
    order_id TEXT NOT NULL,
    subscription_id TEXT NOT NULL,
    PRIMARY KEY (tenant_id, storefront_id, order_id, subscription_id)
) WITHOUT ROWID;
CREATE INDEX order_subscriptions_by_subscription ON order_subscriptions (tenant_id, storefront_id, subscription_id);

-- What the shop says of a subscription.
CREATE TABLE subscriptions (
    tenant_id BLOB NOT NULL,
    storefront_id BLOB NOT NULL,
    subscription_id TEXT NOT NULL,
    live BOOLEAN NOT NULL,
    customer_id BLOB,
    product_path TEXT,
    record TEXT NOT NULL,
    next BIGINT,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, storefront_id, subscription_id)
);

-- A person known from orders, sealed.
CREATE TABLE customers (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    storefront_id BLOB,
    email_hash BLOB,
    person_sealed BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, email_hash)
);

-- Keyed hashes of the words by which a person is found.
CREATE TABLE customer_terms (
    tenant_id BLOB NOT NULL,
    term BLOB NOT NULL,
    customer_id BLOB NOT NULL,
    PRIMARY KEY (tenant_id, term, customer_id)
);

-- One license. Its identity and key never change; busy_effect_id says which effect may call the license server for it.
CREATE TABLE licenses (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    storefront_id BLOB NOT NULL,
    license_server_id BLOB NOT NULL,
    root_kind TEXT NOT NULL,
    root TEXT NOT NULL,
    slot TEXT NOT NULL,
    unit INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    product_path TEXT NOT NULL,
    order_id TEXT,
    reference TEXT,
    subscription_id TEXT,
    customer_id BLOB,
    key_hash BLOB,
    key_sealed BLOB,
    remote_id TEXT,
    given TEXT NOT NULL,
    shown TEXT,
    is_adopted BOOLEAN NOT NULL,
    deleted_at BIGINT,
    busy_effect_id BLOB,
    busy_since BIGINT,
    verified_at BIGINT,
    changed_by_hand_at BIGINT,
    state TEXT NOT NULL,
    expires_at BIGINT,
    live BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, storefront_id, root_kind, root, slot, unit, generation),
    UNIQUE (tenant_id, key_hash)
);
CREATE INDEX licenses_by_time ON licenses (tenant_id, created_at DESC, id DESC);
CREATE INDEX licenses_by_order ON licenses (tenant_id, order_id);
CREATE INDEX licenses_by_subscription ON licenses (tenant_id, subscription_id);
CREATE INDEX licenses_by_remote_id ON licenses (tenant_id, remote_id);
CREATE INDEX licenses_unverified ON licenses (updated_at) WHERE verified_at IS NULL AND deleted_at IS NULL;

-- One action on one license, on record before it is sent.
CREATE TABLE effects (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    event_id BLOB NOT NULL,
    license_id BLOB NOT NULL,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    aspect TEXT NOT NULL,
    action TEXT NOT NULL,
    action_version INTEGER NOT NULL,
    summary TEXT NOT NULL,
    before TEXT,
    after TEXT,
    attempts INTEGER NOT NULL,
    release TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    sent_at BIGINT,
    settled_at BIGINT,
    verified_at BIGINT,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX effects_by_event ON effects (tenant_id, event_id);
CREATE INDEX effects_by_license ON effects (tenant_id, license_id);

-- One request to a license server, bodies sealed; large, and dropped by retention.
CREATE TABLE calls (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    event_id BLOB NOT NULL,
    effect_id BLOB,
    license_server_id BLOB NOT NULL,
    at BIGINT NOT NULL,
    method TEXT NOT NULL,
    url TEXT NOT NULL,
    status INTEGER,
    duration_ms BIGINT NOT NULL,
    request_sealed BLOB,
    response_sealed BLOB,
    error TEXT,
    PRIMARY KEY (tenant_id, id, at)
);
CREATE INDEX calls_by_event ON calls (tenant_id, event_id);

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0004', '0004');
