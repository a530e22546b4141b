-- Who uses Latchkey.

-- The oldest schema version of which a program can still run on this one.
CREATE TABLE schema_compatibility (
    version text NOT NULL,
    oldest_that_can_run text NOT NULL,
    PRIMARY KEY (version)
);

-- Row-level security: a forgotten filter finds nothing, rather than another vendor's rows.
-- The settings are asked once per statement, hence the inner selects.
CREATE PROCEDURE latchkey_protect(protected regclass, tenant_column text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', protected);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', protected);
    EXECUTE format(
        'CREATE POLICY own_tenant ON %s USING (%2$s) WITH CHECK (%2$s)',
        protected,
        format(
            '%I = (SELECT nullif(current_setting(''latchkey.tenant'', true), '''')::uuid)'
            ' OR (SELECT nullif(current_setting(''latchkey.platform'', true), '''')) IS NOT NULL',
            tenant_column
        )
    );
END
$$;

-- A vendor; owns everything that carries a tenant_id.
CREATE TABLE tenants (
    id uuid NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    suspended_at timestamptz,
    PRIMARY KEY (id)
);
CALL latchkey_protect('tenants', 'id');

-- The keys of a tenant, wrapped by a master key.
CREATE TABLE tenant_keys (
    tenant_id uuid NOT NULL,
    purpose text NOT NULL,
    version integer NOT NULL,
    master_key_name text NOT NULL,
    wrapped bytea NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, purpose, version)
);
CALL latchkey_protect('tenant_keys', 'tenant_id');

-- A person who signs in; the address is kept in lower case.
CREATE TABLE users (
    id uuid NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    password_hash text NOT NULL,
    is_operator boolean NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (email)
);

-- Who may act for a tenant, and as what.
CREATE TABLE memberships (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    role text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, user_id),
    FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX memberships_by_user ON memberships (user_id);
CALL latchkey_protect('memberships', 'tenant_id');

-- A signed-in browser; only the hash of its secret is kept.
CREATE TABLE sessions (
    id_hash bytea NOT NULL,
    user_id uuid NOT NULL,
    tenant_id uuid,
    csrf_token text NOT NULL,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (id_hash),
    FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CALL latchkey_protect('sessions', 'tenant_id');

-- A token for the API; only its hash is kept.
CREATE TABLE api_tokens (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    token_hash bytea NOT NULL,
    name text NOT NULL,
    scopes text NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (token_hash)
);
CALL latchkey_protect('api_tokens', 'tenant_id');

-- Who did what.
CREATE TABLE audit (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    at timestamptz NOT NULL,
    user_id uuid,
    api_token_id uuid,
    action text NOT NULL,
    target text NOT NULL,
    details text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CALL latchkey_protect('audit', 'tenant_id');

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0001', '0001');
