-- Who uses Latchkey.

-- The oldest schema version of which a program can still run on this one.
CREATE TABLE schema_compatibility (
    version TEXT NOT NULL,
    oldest_that_can_run TEXT NOT NULL,
    PRIMARY KEY (version)
);

-- A vendor; owns everything that carries a tenant_id.
CREATE TABLE tenants (
    id BLOB NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    suspended_at BIGINT,
    PRIMARY KEY (id)
);

-- The keys of a tenant, wrapped by a master key.
CREATE TABLE tenant_keys (
    tenant_id BLOB NOT NULL,
    purpose TEXT NOT NULL,
    version INTEGER NOT NULL,
    master_key_name TEXT NOT NULL,
    wrapped BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, purpose, version)
);

-- A person who signs in; the address is kept in lower case.
CREATE TABLE users (
    id BLOB NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    is_operator BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (email)
);

-- Who may act for a tenant, and as what.
CREATE TABLE memberships (
    tenant_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, user_id),
    FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX memberships_by_user ON memberships (user_id);

-- A signed-in browser; only the hash of its secret is kept.
CREATE TABLE sessions (
    id_hash BLOB NOT NULL,
    user_id BLOB NOT NULL,
    tenant_id BLOB,
    csrf_token TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (id_hash),
    FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX sessions_by_user ON sessions (user_id);

-- A token for the API; only its hash is kept.
CREATE TABLE api_tokens (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    token_hash BLOB NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    revoked_at BIGINT,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (token_hash)
);

-- Who did what.
CREATE TABLE audit (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    at BIGINT NOT NULL,
    user_id BLOB,
    api_token_id BLOB,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    details TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0001', '0001');
