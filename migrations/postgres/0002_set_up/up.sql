-- What a vendor connects, and the rules between the two.

-- An account at a licensing service, with the breaker that guards it.
CREATE TABLE license_servers (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    base_url text NOT NULL,
    access_token_sealed bytea NOT NULL,
    token_version integer NOT NULL,
    state text NOT NULL,
    scopes text NOT NULL,
    missing_scopes text NOT NULL,
    checked_at timestamptz,
    created_at timestamptz NOT NULL,
    deleted_at timestamptz,
    failures_in_row integer NOT NULL,
    last_success_at timestamptz,
    broken_since timestamptz,
    held_since timestamptz,
    held_reason text,
    next_probe_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CALL latchkey_protect('license_servers', 'tenant_id');

-- A store at the shop; the hook token is found by its hash and shown from its sealed form.
CREATE TABLE storefronts (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    license_server_id uuid NOT NULL,
    test_license_server_id uuid,
    hook_token_hash bytea NOT NULL,
    hook_token_sealed bytea NOT NULL,
    webhook_secret_sealed bytea NOT NULL,
    previous_secret_sealed bytea,
    previous_secret_until timestamptz,
    fulfillment_key_sealed bytea,
    api_username_sealed bytea,
    api_password_sealed bytea,
    mode text NOT NULL,
    takeover_at timestamptz,
    policy text NOT NULL,
    rules_changed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    deleted_at timestamptz,
    last_event_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (hook_token_hash),
    FOREIGN KEY (tenant_id, license_server_id) REFERENCES license_servers (tenant_id, id)
);
CALL latchkey_protect('storefronts', 'tenant_id');

-- What is licensed for a product path.
CREATE TABLE mappings (
    tenant_id uuid NOT NULL,
    storefront_id uuid NOT NULL,
    product_path text NOT NULL,
    id uuid NOT NULL,
    mapping text NOT NULL,
    fulfillment_key_sealed bytea,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, storefront_id, product_path)
);
CALL latchkey_protect('mappings', 'tenant_id');

-- Product paths that events named, with the attributes last seen.
CREATE TABLE products_seen (
    tenant_id uuid NOT NULL,
    storefront_id uuid NOT NULL,
    product_path text NOT NULL,
    display text,
    attributes text,
    first_seen_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, storefront_id, product_path)
);
CALL latchkey_protect('products_seen', 'tenant_id');

-- What a license server told about a thing that seldom changes, such as a template.
CREATE TABLE remembered (
    tenant_id uuid NOT NULL,
    license_server_id uuid NOT NULL,
    subject text NOT NULL,
    value text NOT NULL,
    read_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, license_server_id, subject)
);
CALL latchkey_protect('remembered', 'tenant_id');

-- The user that a license server has for an address.
CREATE TABLE remote_users (
    tenant_id uuid NOT NULL,
    license_server_id uuid NOT NULL,
    email_hash bytea NOT NULL,
    remote_id text NOT NULL,
    PRIMARY KEY (tenant_id, license_server_id, email_hash)
);
CALL latchkey_protect('remote_users', 'tenant_id');

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0002', '0002');
