DELETE FROM schema_compatibility WHERE version = '0028';
DROP INDEX events_by_news;
DROP TRIGGER events_news_are_known_update;
DROP TRIGGER events_news_are_known_insert;
DROP TRIGGER cause_counts_delete;
DROP TRIGGER cause_counts_enter;
DROP TRIGGER cause_counts_leave;
DROP TRIGGER cause_counts_insert;

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

ALTER TABLE events DROP COLUMN news;
