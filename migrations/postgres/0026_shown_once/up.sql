-- Secrets that a store's shop signed with before its previous one, each until its overlap ends.
CREATE TABLE older_secrets (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    storefront_id uuid NOT NULL,
    secret_sealed bytea NOT NULL,
    believed_until timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, storefront_id) REFERENCES storefronts (tenant_id, id)
);
CREATE INDEX older_secrets_by_storefront ON older_secrets (tenant_id, storefront_id);
CALL latchkey_protect('older_secrets', 'tenant_id');

-- What a page shows one person once, between the form that made it and that page; deleted when it is shown.
CREATE TABLE shown_once (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    page text NOT NULL,
    sealed bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX shown_once_by_end ON shown_once (expires_at);
CALL latchkey_protect('shown_once', 'tenant_id');

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0026', '0012');
