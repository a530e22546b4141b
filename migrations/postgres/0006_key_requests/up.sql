-- Keys that a shop asked for while an order was being placed.

-- One line of an order for which keys were asked; its place among the licenses moves once the order is known.
CREATE TABLE key_requests (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    storefront_id uuid NOT NULL,
    reference text,
    subscription_id text,
    product_path text NOT NULL,
    quantity integer NOT NULL,
    root_kind text NOT NULL,
    root text NOT NULL,
    slot text NOT NULL,
    order_id text,
    parameters_sealed bytea,
    live boolean NOT NULL,
    requested_at timestamptz NOT NULL,
    answered_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX key_requests_by_reference ON key_requests (tenant_id, storefront_id, reference);
CREATE INDEX key_requests_by_root ON key_requests (tenant_id, storefront_id, root);
CREATE INDEX key_requests_by_subscription ON key_requests (tenant_id, storefront_id, subscription_id);
CREATE INDEX key_requests_by_product ON key_requests (tenant_id, storefront_id, product_path);
CALL latchkey_protect('key_requests', 'tenant_id');

-- Whether a product was ever issued.
CREATE INDEX licenses_by_product ON licenses (tenant_id, storefront_id, product_path);

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0006', '0006');
