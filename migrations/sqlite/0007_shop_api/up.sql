-- What a shop's own API is asked, and what arrived of it.

-- How the credentials of a store for the shop's API stand, and when events that never came are fetched next.
CREATE TABLE shop_apis (
    tenant_id BLOB NOT NULL,
    storefront_id BLOB NOT NULL,
    state TEXT NOT NULL,
    checked_at BIGINT,
    held_since BIGINT,
    fetch_due_at BIGINT,
    fetched_at BIGINT,
    PRIMARY KEY (tenant_id, storefront_id)
);
CREATE INDEX shop_apis_due ON shop_apis (fetch_due_at) WHERE fetch_due_at IS NOT NULL;

-- Types of events that ever came to a store, so that one that is not ticked at the shop is noticed.
CREATE TABLE event_types_seen (
    tenant_id BLOB NOT NULL,
    storefront_id BLOB NOT NULL,
    event_type TEXT NOT NULL,
    first_seen_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, storefront_id, event_type)
);

-- The store whose shop was called; null for calls to the license server.
ALTER TABLE calls ADD COLUMN storefront_id BLOB;

-- What came before is told from what is there.
INSERT INTO shop_apis (tenant_id, storefront_id, state, fetch_due_at)
SELECT tenant_id, id, 'unchecked', created_at FROM storefronts
WHERE api_username_sealed IS NOT NULL AND api_password_sealed IS NOT NULL AND deleted_at IS NULL;
INSERT INTO event_types_seen (tenant_id, storefront_id, event_type, first_seen_at)
SELECT tenant_id, storefront_id, event_type, min(received_at) FROM events
WHERE source_event_id IS NOT NULL GROUP BY tenant_id, storefront_id, event_type;

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0007', '0005');
