-- Keys that a shop asked for while an order was being placed.

-- One line of an order for which keys were asked; its place among the licenses moves once the order is known.
CREATE TABLE key_requests (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    storefront_id BLOB NOT NULL,
    reference TEXT,
    subscription_id TEXT,
    product_path TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    root_kind TEXT NOT NULL,
    root TEXT NOT NULL,
    slot TEXT NOT NULL,
    order_id TEXT,
    parameters_sealed BLOB,
    live BOOLEAN NOT NULL,
    requested_at BIGINT NOT NULL,
    answered_at BIGINT,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX key_requests_by_reference ON key_requests (tenant_id, storefront_id, reference);
CREATE INDEX key_requests_by_root ON key_requests (tenant_id, storefront_id, root);
CREATE INDEX key_requests_by_subscription ON key_requests (tenant_id, storefront_id, subscription_id);
CREATE INDEX key_requests_by_product ON key_requests (tenant_id, storefront_id, product_path);

-- Whether a product was ever issued.
CREATE INDEX licenses_by_product ON licenses (tenant_id, storefront_id, product_path);

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0006', '0006');
