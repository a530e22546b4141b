-- What the shop says, what was given for it, and how.

-- What the shop says of an order; known by its id, or at first by its reference alone.
CREATE TABLE orders (
    tenant_id uuid NOT NULL,
    storefront_id uuid NOT NULL,
    order_id text NOT NULL,
    reference text,
    live boolean NOT NULL,
    customer_id uuid,
    record text NOT NULL,
    changed_at timestamptz,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, storefront_id, order_id)
);
CREATE INDEX orders_by_reference ON orders (tenant_id, reference);
CALL latchkey_protect('orders', 'tenant_id');

-- Which subscriptions an order began or paid for.
CREATE TABLE order_subscriptions (
    tenant_id uuid NOT NULL,
    storefront_id uuid NOT NULL,
    order_id text NOT NULL,
    subscription_id text NOT NULL,
    PRIMARY KEY (tenant_id, storefront_id, order_id, subscription_id)
);
CREATE INDEX order_subscriptions_by_subscription ON order_subscriptions (tenant_id, storefront_id, subscription_id);
CALL latchkey_protect('order_subscriptions', 'tenant_id');

-- What the shop says of a subscription.
CREATE TABLE subscriptions (
    tenant_id uuid NOT NULL,
    storefront_id uuid NOT NULL,
    subscription_id text NOT NULL,
    live boolean NOT NULL,
    customer_id uuid,
    product_path text,
    record text NOT NULL,
    next timestamptz,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, storefront_id, subscription_id)
);
CALL latchkey_protect('subscriptions', 'tenant_id');

-- A person known from orders, sealed.
CREATE TABLE customers (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    storefront_id uuid,
    email_hash bytea,
    person_sealed bytea NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, email_hash)
);
CALL latchkey_protect('customers', 'tenant_id');

-- Keyed hashes of the words by which a person is found.
CREATE TABLE customer_terms (
    tenant_id uuid NOT NULL,
    term bytea NOT NULL,
    customer_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, term, customer_id)
);
CALL latchkey_protect('customer_terms', 'tenant_id');

-- One license. Its identity and key never change; busy_effect_id says which effect may call the license server for it.
CREATE TABLE licenses (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    storefront_id uuid NOT NULL,
    license_server_id uuid NOT NULL,
    root_kind text NOT NULL,
    root text NOT NULL,
    slot text NOT NULL,
    unit integer NOT NULL,
    generation integer NOT NULL,
    product_path text NOT NULL,
    order_id text,
    reference text,
    subscription_id text,
    customer_id uuid,
    key_hash bytea,
    key_sealed bytea,
    remote_id text,
    given text NOT NULL,
    shown text,
    is_adopted boolean NOT NULL,
    deleted_at timestamptz,
    busy_effect_id uuid,
    busy_since timestamptz,
    verified_at timestamptz,
    changed_by_hand_at timestamptz,
    state text NOT NULL,
    expires_at timestamptz,
    live boolean NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, storefront_id, root_kind, root, slot, unit, generation),
    UNIQUE (tenant_id, key_hash)
);
CREATE INDEX licenses_by_time ON licenses (tenant_id, created_at DESC, id DESC);
CREATE INDEX licenses_by_order ON licenses (tenant_id, order_id);
CREATE INDEX licenses_by_subscription ON licenses (tenant_id, subscription_id);
CREATE INDEX licenses_by_remote_id ON licenses (tenant_id, remote_id);
CREATE INDEX licenses_unverified ON licenses (updated_at) WHERE verified_at IS NULL AND deleted_at IS NULL;
CALL latchkey_protect('licenses', 'tenant_id');

-- One action on one license, on record before it is sent.
CREATE TABLE effects (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    event_id uuid NOT NULL,
    license_id uuid NOT NULL,
    position integer NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    aspect text NOT NULL,
    action text NOT NULL,
    action_version integer NOT NULL,
    summary text NOT NULL,
    before text,
    after text,
    attempts integer NOT NULL,
    release text NOT NULL,
    created_at timestamptz NOT NULL,
    sent_at timestamptz,
    settled_at timestamptz,
    verified_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX effects_by_event ON effects (tenant_id, event_id);
CREATE INDEX effects_by_license ON effects (tenant_id, license_id);
CALL latchkey_protect('effects', 'tenant_id');

-- One request to a license server, bodies sealed; large, and dropped by retention.
CREATE TABLE calls (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    event_id uuid NOT NULL,
    effect_id uuid,
    license_server_id uuid NOT NULL,
    at timestamptz NOT NULL,
    method text NOT NULL,
    url text NOT NULL,
    status integer,
    duration_ms bigint NOT NULL,
    request_sealed bytea,
    response_sealed bytea,
    error text,
    PRIMARY KEY (tenant_id, id, at)
) PARTITION BY RANGE (at);
CREATE INDEX calls_by_event ON calls (tenant_id, event_id);
-- Catches rows outside the months made so far, so that nothing is ever refused for its date.
CREATE TABLE calls_default PARTITION OF calls DEFAULT;
CALL latchkey_protect('calls', 'tenant_id');
CALL latchkey_protect('calls_default', 'tenant_id');

-- Months are made ahead by a function of the owner, since the role that serves owns nothing.
CREATE FUNCTION latchkey_make_partitions(first_month date, months integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    parent text;
    month date;
    child text;
    made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('latchkey partitions'));
    FOREACH parent IN ARRAY ARRAY['payloads', 'calls'] LOOP
        FOR step IN 0 .. months - 1 LOOP
            month := (date_trunc('month', first_month) + make_interval(months => step))::date;
            child := format('%s_%s', parent, to_char(month, 'YYYY_MM'));
            CONTINUE WHEN to_regclass(child) IS NOT NULL;
            EXECUTE format(
                'CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                child, parent,
                month::text || ' 00:00:00+00', (month + interval '1 month')::date::text || ' 00:00:00+00'
            );
            CALL latchkey_protect(child::regclass, 'tenant_id');
            made := made + 1;
        END LOOP;
    END LOOP;
    RETURN made;
END
$$;

-- Drops the months that ended before a day.
CREATE FUNCTION latchkey_drop_partitions(before date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    child text;
    dropped integer := 0;
BEGIN
    FOR child IN
        SELECT inhrelid::regclass::text FROM pg_inherits
        WHERE inhparent IN ('payloads'::regclass, 'calls'::regclass)
    LOOP
        CONTINUE WHEN child !~ '_[0-9]{4}_[0-9]{2}$';
        IF to_date(right(child, 7), 'YYYY_MM') + interval '1 month' <= before THEN
            EXECUTE format('DROP TABLE %I', child);
            dropped := dropped + 1;
        END IF;
    END LOOP;
    RETURN dropped;
END
$$;

REVOKE EXECUTE ON FUNCTION latchkey_make_partitions(date, integer), latchkey_drop_partitions(date) FROM PUBLIC;

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0004', '0004');
