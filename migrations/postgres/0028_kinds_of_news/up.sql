-- What kind of news an event is; null until it was worked, and for what is not counted.
-- The events that are there are told by their headlines, this once, some at a time: nobody waits for all of them.
DO $fill$
DECLARE
    after_tenant uuid := '00000000-0000-0000-0000-000000000000';
    after_event uuid := '00000000-0000-0000-0000-000000000000';
    last_tenant uuid;
    last_event uuid;
BEGIN
PERFORM set_config('latchkey.platform', 'operator', false);
ALTER TABLE events ADD COLUMN IF NOT EXISTS news text;
ALTER TABLE events
    DROP CONSTRAINT IF EXISTS events_news_is_known,
    ADD CONSTRAINT events_news_is_known CHECK (news IN ('purchases', 'renewals', 'failed', 'ended', 'refunds')) NOT VALID;

-- A program of before writes no news until it is replaced: its purchases are known by their headlines.
CREATE OR REPLACE FUNCTION latchkey_count_cause() RETURNS trigger LANGUAGE plpgsql AS $count$
BEGIN
    IF TG_OP <> 'INSERT' AND latchkey_stands_still(OLD.state, OLD.reason_code) THEN
        INSERT INTO cause_counts (tenant_id, storefront_id, state, reason_code, reason_subject, is_purchase, count)
        VALUES (OLD.tenant_id, OLD.storefront_id, OLD.state, coalesce(OLD.reason_code, ''), coalesce(OLD.reason_subject, ''), coalesce(OLD.news = 'purchases', OLD.headline LIKE 'New order%', false), -1);
    END IF;
    IF TG_OP <> 'DELETE' AND latchkey_stands_still(NEW.state, NEW.reason_code) THEN
        INSERT INTO cause_counts (tenant_id, storefront_id, state, reason_code, reason_subject, is_purchase, count)
        VALUES (NEW.tenant_id, NEW.storefront_id, NEW.state, coalesce(NEW.reason_code, ''), coalesce(NEW.reason_subject, ''), coalesce(NEW.news = 'purchases', NEW.headline LIKE 'New order%', false), 1);
    END IF;
    RETURN NULL;
END
$count$;
DROP TRIGGER IF EXISTS cause_counts_update ON events;
CREATE TRIGGER cause_counts_update AFTER UPDATE OF state, reason_code, reason_subject, headline, news ON events FOR EACH ROW
WHEN (
    (latchkey_stands_still(OLD.state, OLD.reason_code) OR latchkey_stands_still(NEW.state, NEW.reason_code))
    AND (OLD.state, OLD.reason_code, OLD.reason_subject, OLD.headline, OLD.news) IS DISTINCT FROM (NEW.state, NEW.reason_code, NEW.reason_subject, NEW.headline, NEW.news)
)
EXECUTE FUNCTION latchkey_count_cause();
COMMIT;

LOOP
    last_tenant := NULL;
    SELECT tenant_id, id INTO last_tenant, last_event FROM events
    WHERE (tenant_id, id) > (after_tenant, after_event)
    ORDER BY tenant_id, id OFFSET 9999 LIMIT 1;
    BEGIN
        UPDATE events SET news = CASE
            WHEN headline LIKE 'New order%' THEN 'purchases'
            WHEN headline LIKE 'Renewal paid%' OR headline LIKE 'Renewals paid together%' THEN 'renewals'
            WHEN headline LIKE 'Payment failed%' OR headline LIKE 'Payment of a group failed%' THEN 'failed'
            WHEN headline LIKE 'Subscription ended%' OR headline LIKE 'Subscription group ended%' THEN 'ended'
            WHEN headline LIKE 'Refunded%' THEN 'refunds'
        END
        WHERE (tenant_id, id) > (after_tenant, after_event)
        AND (last_tenant IS NULL OR (tenant_id, id) <= (last_tenant, last_event))
        AND news IS NULL AND headline IS NOT NULL
        AND (headline LIKE 'New order%' OR headline LIKE 'Renewal paid%' OR headline LIKE 'Renewals paid together%' OR headline LIKE 'Payment failed%' OR headline LIKE 'Payment of a group failed%' OR headline LIKE 'Subscription ended%' OR headline LIKE 'Subscription group ended%' OR headline LIKE 'Refunded%');
    EXCEPTION WHEN deadlock_detected THEN
        CONTINUE;
    END;
    COMMIT;
    EXIT WHEN last_tenant IS NULL;
    after_tenant := last_tenant;
    after_event := last_event;
END LOOP;

ALTER TABLE events VALIDATE CONSTRAINT events_news_is_known;
COMMIT;

-- A list of one kind is read from this, the latest first.
CREATE INDEX IF NOT EXISTS events_by_news ON events (tenant_id, news, received_at) WHERE news IS NOT NULL;
INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0028', '0012');
PERFORM set_config('latchkey.platform', '', false);
END
$fill$
