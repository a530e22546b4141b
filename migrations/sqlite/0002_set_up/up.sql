-- What a vendor connects, and the rules between the two.

-- An account at a licensing service, with the breaker that guards it.
CREATE TABLE license_servers (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    base_url TEXT NOT NULL,
    access_token_sealed BLOB NOT NULL,
    token_version INTEGER NOT NULL,
    state TEXT NOT NULL,
    scopes TEXT NOT NULL,
    missing_scopes TEXT NOT NULL,
    checked_at BIGINT,
    created_at BIGINT NOT NULL,
    deleted_at BIGINT,
    failures_in_row INTEGER NOT NULL,
    last_success_at BIGINT,
    broken_since BIGINT,
    held_since BIGINT,
    held_reason TEXT,
    next_probe_at BIGINT,
    PRIMARY KEY (tenant_id, id)
);

-- A store at the shop; the hook token is found by its hash and shown from its sealed form.
CREATE TABLE storefronts (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    license_server_id BLOB NOT NULL,
    test_license_server_id BLOB,
    hook_token_hash BLOB NOT NULL,
    hook_token_sealed BLOB NOT NULL,
    webhook_secret_sealed BLOB NOT NULL,
    previous_secret_sealed BLOB,
    previous_secret_until BIGINT,
    fulfillment_key_sealed BLOB,
    api_username_sealed BLOB,
    api_password_sealed BLOB,
    mode TEXT NOT NULL,
    takeover_at BIGINT,
    policy TEXT NOT NULL,
    rules_changed_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    deleted_at BIGINT,
    last_event_at BIGINT,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (hook_token_hash),
    FOREIGN KEY (tenant_id, license_server_id) REFERENCES license_servers (tenant_id, id)
);

-- What is licensed for a product path.
CREATE TABLE mappings (
    tenant_id BLOB NOT NULL,
    storefront_id BLOB NOT NULL,
    product_path TEXT NOT NULL,
    id BLOB NOT NULL,
    mapping TEXT NOT NULL,
    fulfillment_key_sealed BLOB,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, storefront_id, product_path)
);

-- Product paths that events named, with the attributes last seen.
CREATE TABLE products_seen (
    tenant_id BLOB NOT NULL,
    storefront_id BLOB NOT NULL,
    product_path TEXT NOT NULL,
    display TEXT,
    attributes TEXT,
    first_seen_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, storefront_id, product_path)
);

-- What a license server told about a thing that seldom changes, such as a template.
CREATE TABLE remembered (
    tenant_id BLOB NOT NULL,
    license_server_id BLOB NOT NULL,
    subject TEXT NOT NULL,
    value TEXT NOT NULL,
    read_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, license_server_id, subject)
);

-- The user that a license server has for an address.
CREATE TABLE remote_users (
    tenant_id BLOB NOT NULL,
    license_server_id BLOB NOT NULL,
    email_hash BLOB NOT NULL,
    remote_id TEXT NOT NULL,
    PRIMARY KEY (tenant_id, license_server_id, email_hash)
);

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0002', '0002');
