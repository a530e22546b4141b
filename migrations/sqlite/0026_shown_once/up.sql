-- Secrets that a store's shop signed with before its previous one, each until its overlap ends.
CREATE TABLE older_secrets (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    storefront_id BLOB NOT NULL,
    secret_sealed BLOB NOT NULL,
    believed_until BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, storefront_id) REFERENCES storefronts (tenant_id, id)
);
CREATE INDEX older_secrets_by_storefront ON older_secrets (tenant_id, storefront_id);

-- What a page shows one person once, between the form that made it and that page; deleted when it is shown.
CREATE TABLE shown_once (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    page TEXT NOT NULL,
    sealed BLOB NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX shown_once_by_end ON shown_once (expires_at);

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0026', '0012');
