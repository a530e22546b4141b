-- What kind of news an event is; null until it was worked, and for what is not counted.
-- The events that are there are told by their headlines, this once.
ALTER TABLE events ADD COLUMN news TEXT;
UPDATE events SET news = CASE
    WHEN headline LIKE 'New order%' THEN 'purchases'
    WHEN headline LIKE 'Renewal paid%' OR headline LIKE 'Renewals paid together%' THEN 'renewals'
    WHEN headline LIKE 'Payment failed%' OR headline LIKE 'Payment of a group failed%' THEN 'failed'
    WHEN headline LIKE 'Subscription ended%' OR headline LIKE 'Subscription group ended%' THEN 'ended'
    WHEN headline LIKE 'Refunded%' THEN 'refunds'
END
WHERE headline IS NOT NULL AND (headline LIKE 'New order%' OR headline LIKE 'Renewal paid%' OR headline LIKE 'Renewals paid together%' OR headline LIKE 'Payment failed%' OR headline LIKE 'Payment of a group failed%' OR headline LIKE 'Subscription ended%' OR headline LIKE 'Subscription group ended%' OR headline LIKE 'Refunded%');

CREATE TRIGGER events_news_are_known_insert BEFORE INSERT ON events
WHEN NEW.news NOT IN ('purchases', 'renewals', 'failed', 'ended', 'refunds')
BEGIN
    SELECT RAISE(ABORT, 'events: a value of none of its sets');
END;
CREATE TRIGGER events_news_are_known_update BEFORE UPDATE OF news ON events
WHEN NEW.news NOT IN ('purchases', 'renewals', 'failed', 'ended', 'refunds')
BEGIN
    SELECT RAISE(ABORT, 'events: a value of none of its sets');
END;

-- A program of before writes no news until it is replaced: its purchases are known by their headlines.
DROP TRIGGER cause_counts_insert;
DROP TRIGGER cause_counts_leave;
DROP TRIGGER cause_counts_enter;
DROP TRIGGER cause_counts_delete;

CREATE TRIGGER cause_counts_insert AFTER INSERT ON events
WHEN NEW.state IN ('parked', 'retrying') OR (NEW.state = 'waiting' AND NEW.reason_code IN ('license_server_unauthorized', 'license_server_missing_scope', 'license_server_unreachable', 'shop_api_unauthorized', 'shop_api_unreachable', 'awaiting_consent', 'storefront_paused'))
BEGIN
    INSERT INTO cause_counts (tenant_id, storefront_id, state, reason_code, reason_subject, is_purchase, count)
    VALUES (NEW.tenant_id, NEW.storefront_id, NEW.state, coalesce(NEW.reason_code, ''), coalesce(NEW.reason_subject, ''), coalesce(NEW.news = 'purchases', NEW.headline LIKE 'New order%', FALSE), 1)
    ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER cause_counts_leave AFTER UPDATE OF state, reason_code, reason_subject, headline, news ON events
WHEN OLD.state IN ('parked', 'retrying') OR (OLD.state = 'waiting' AND OLD.reason_code IN ('license_server_unauthorized', 'license_server_missing_scope', 'license_server_unreachable', 'shop_api_unauthorized', 'shop_api_unreachable', 'awaiting_consent', 'storefront_paused'))
BEGIN
    UPDATE cause_counts SET count = count - 1
    WHERE tenant_id = OLD.tenant_id AND storefront_id = OLD.storefront_id AND state = OLD.state
    AND reason_code = coalesce(OLD.reason_code, '') AND reason_subject = coalesce(OLD.reason_subject, '')
    AND is_purchase = coalesce(OLD.news = 'purchases', OLD.headline LIKE 'New order%', FALSE);
END;

CREATE TRIGGER cause_counts_enter AFTER UPDATE OF state, reason_code, reason_subject, headline, news ON events
WHEN NEW.state IN ('parked', 'retrying') OR (NEW.state = 'waiting' AND NEW.reason_code IN ('license_server_unauthorized', 'license_server_missing_scope', 'license_server_unreachable', 'shop_api_unauthorized', 'shop_api_unreachable', 'awaiting_consent', 'storefront_paused'))
BEGIN
    INSERT INTO cause_counts (tenant_id, storefront_id, state, reason_code, reason_subject, is_purchase, count)
    VALUES (NEW.tenant_id, NEW.storefront_id, NEW.state, coalesce(NEW.reason_code, ''), coalesce(NEW.reason_subject, ''), coalesce(NEW.news = 'purchases', NEW.headline LIKE 'New order%', FALSE), 1)
    ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER cause_counts_delete AFTER DELETE ON events
WHEN OLD.state IN ('parked', 'retrying') OR (OLD.state = 'waiting' AND OLD.reason_code IN ('license_server_unauthorized', 'license_server_missing_scope', 'license_server_unreachable', 'shop_api_unauthorized', 'shop_api_unreachable', 'awaiting_consent', 'storefront_paused'))
BEGIN
    UPDATE cause_counts SET count = count - 1
    WHERE tenant_id = OLD.tenant_id AND storefront_id = OLD.storefront_id AND state = OLD.state
    AND reason_code = coalesce(OLD.reason_code, '') AND reason_subject = coalesce(OLD.reason_subject, '')
    AND is_purchase = coalesce(OLD.news = 'purchases', OLD.headline LIKE 'New order%', FALSE);
END;

-- A list of one kind is read from this, the latest first.
CREATE INDEX events_by_news ON events (tenant_id, news, received_at) WHERE news IS NOT NULL;

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0028', '0012');
