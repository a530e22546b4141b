-- Since when it is proved that the address is the person's; until then the account joins nothing.
ALTER TABLE users ADD COLUMN email_proved_at timestamptz;

-- Row-level security holds the owner of the tables too.
SELECT set_config('latchkey.platform', 'operator', true);

-- Only the command line makes a company together with its first token, or a person without a company.
-- Who signed up is not proved, and keeps what they have.
UPDATE users SET email_proved_at = created_at
WHERE EXISTS (
    SELECT 1 FROM memberships JOIN api_tokens ON api_tokens.tenant_id = memberships.tenant_id
    WHERE memberships.user_id = users.id
    AND memberships.created_at = users.created_at AND api_tokens.created_at = users.created_at
) OR NOT EXISTS (
    SELECT 1 FROM memberships
    WHERE memberships.user_id = users.id AND memberships.created_at = users.created_at
);

-- A link in a mail that proves its reader's address; only the hash of its secret is kept.
CREATE TABLE email_proofs (
    secret_hash bytea NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (secret_hash),
    FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX email_proofs_by_user ON email_proofs (user_id);

-- A browser in which a person signed in before; only the hash of its secret is kept.
CREATE TABLE devices (
    secret_hash bytea NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    PRIMARY KEY (secret_hash, user_id),
    FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX devices_by_user ON devices (user_id);

-- Mail that is to be sent, sealed; without a mail server the operator reads it.
CREATE TABLE outbox (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX outbox_due ON outbox (due_at);
CALL latchkey_protect('outbox', 'tenant_id');

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0024', '0012');
