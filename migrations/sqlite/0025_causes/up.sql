-- What a license server said when it refused, sealed. What was kept in clear is dropped; the calls still hold it.
ALTER TABLE events ADD COLUMN words_sealed BLOB;
UPDATE events SET reason_details = NULL WHERE reason_code IN ('license_server_rejected', 'user_not_created');

-- How many events stand still, by what they stand for; pages show it, and never count events.
-- A subject that is not there is empty. Triggers keep it, so that nobody who writes events can forget to.
CREATE TABLE cause_counts (
    tenant_id BLOB NOT NULL,
    storefront_id BLOB NOT NULL,
    state TEXT NOT NULL,
    reason_code TEXT NOT NULL,
    reason_subject TEXT NOT NULL,
    is_purchase BOOLEAN NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, storefront_id, state, reason_code, reason_subject, is_purchase)
) WITHOUT ROWID;

INSERT INTO cause_counts (tenant_id, storefront_id, state, reason_code, reason_subject, is_purchase, count)
SELECT tenant_id, storefront_id, state, coalesce(reason_code, ''), coalesce(reason_subject, ''), coalesce(headline LIKE 'New order%', FALSE), count(*)
FROM events
WHERE state IN ('parked', 'retrying') OR (state = 'waiting' AND reason_code IN ('license_server_unauthorized', 'license_server_missing_scope', 'license_server_unreachable', 'shop_api_unauthorized', 'shop_api_unreachable', 'awaiting_consent', 'storefront_paused'))
GROUP BY 1, 2, 3, 4, 5, 6;

CREATE TRIGGER cause_counts_insert AFTER INSERT ON events
WHEN NEW.state IN ('parked', 'retrying') OR (NEW.state = 'waiting' AND NEW.reason_code IN ('license_server_unauthorized', 'license_server_missing_scope', 'license_server_unreachable', 'shop_api_unauthorized', 'shop_api_unreachable', 'awaiting_consent', 'storefront_paused'))
BEGIN
    INSERT INTO cause_counts (tenant_id, storefront_id, state, reason_code, reason_subject, is_purchase, count)
    VALUES (NEW.tenant_id, NEW.storefront_id, NEW.state, coalesce(NEW.reason_code, ''), coalesce(NEW.reason_subject, ''), coalesce(NEW.headline LIKE 'New order%', FALSE), 1)
    ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER cause_counts_leave AFTER UPDATE OF state, reason_code, reason_subject, headline ON events
WHEN OLD.state IN ('parked', 'retrying') OR (OLD.state = 'waiting' AND OLD.reason_code IN ('license_server_unauthorized', 'license_server_missing_scope', 'license_server_unreachable', 'shop_api_unauthorized', 'shop_api_unreachable', 'awaiting_consent', 'storefront_paused'))
BEGIN
    UPDATE cause_counts SET count = count - 1
    WHERE tenant_id = OLD.tenant_id AND storefront_id = OLD.storefront_id AND state = OLD.state
    AND reason_code = coalesce(OLD.reason_code, '') AND reason_subject = coalesce(OLD.reason_subject, '')
    AND is_purchase = coalesce(OLD.headline LIKE 'New order%', FALSE);
END;

CREATE TRIGGER cause_counts_enter AFTER UPDATE OF state, reason_code, reason_subject, headline ON events
WHEN NEW.state IN ('parked', 'retrying') OR (NEW.state = 'waiting' AND NEW.reason_code IN ('license_server_unauthorized', 'license_server_missing_scope', 'license_server_unreachable', 'shop_api_unauthorized', 'shop_api_unreachable', 'awaiting_consent', 'storefront_paused'))
BEGIN
    INSERT INTO cause_counts (tenant_id, storefront_id, state, reason_code, reason_subject, is_purchase, count)
    VALUES (NEW.tenant_id, NEW.storefront_id, NEW.state, coalesce(NEW.reason_code, ''), coalesce(NEW.reason_subject, ''), coalesce(NEW.headline LIKE 'New order%', FALSE), 1)
    ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER cause_counts_delete AFTER DELETE ON events
WHEN OLD.state IN ('parked', 'retrying') OR (OLD.state = 'waiting' AND OLD.reason_code IN ('license_server_unauthorized', 'license_server_missing_scope', 'license_server_unreachable', 'shop_api_unauthorized', 'shop_api_unreachable', 'awaiting_consent', 'storefront_paused'))
BEGIN
    UPDATE cause_counts SET count = count - 1
    WHERE tenant_id = OLD.tenant_id AND storefront_id = OLD.storefront_id AND state = OLD.state
    AND reason_code = coalesce(OLD.reason_code, '') AND reason_subject = coalesce(OLD.reason_subject, '')
    AND is_purchase = coalesce(OLD.headline LIKE 'New order%', FALSE);
END;

-- The first and the latest event of a cause are found at the ends of this.
CREATE INDEX events_by_cause ON events (tenant_id, storefront_id, state, reason_code, reason_subject, received_at)
WHERE state IN ('parked', 'waiting') AND reason_code <> 'not_due_yet';

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0025', '0012');
