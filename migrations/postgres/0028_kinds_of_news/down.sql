BEGIN;
DELETE FROM schema_compatibility WHERE version = '0028';
DROP INDEX events_by_news;
DROP TRIGGER cause_counts_update ON events;
CREATE OR REPLACE FUNCTION latchkey_count_cause() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND latchkey_stands_still(OLD.state, OLD.reason_code) THEN
        INSERT INTO cause_counts (tenant_id, storefront_id, state, reason_code, reason_subject, is_purchase, count)
        VALUES (OLD.tenant_id, OLD.storefront_id, OLD.state, coalesce(OLD.reason_code, ''), coalesce(OLD.reason_subject, ''), coalesce(OLD.headline LIKE 'New order%', false), -1);
    END IF;
    IF TG_OP <> 'DELETE' AND latchkey_stands_still(NEW.state, NEW.reason_code) THEN
        INSERT INTO cause_counts (tenant_id, storefront_id, state, reason_code, reason_subject, is_purchase, count)
        VALUES (NEW.tenant_id, NEW.storefront_id, NEW.state, coalesce(NEW.reason_code, ''), coalesce(NEW.reason_subject, ''), coalesce(NEW.headline LIKE 'New order%', false), 1);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER cause_counts_update AFTER UPDATE OF state, reason_code, reason_subject, headline ON events FOR EACH ROW
WHEN (
    (latchkey_stands_still(OLD.state, OLD.reason_code) OR latchkey_stands_still(NEW.state, NEW.reason_code))
    AND (OLD.state, OLD.reason_code, OLD.reason_subject, OLD.headline) IS DISTINCT FROM (NEW.state, NEW.reason_code, NEW.reason_subject, NEW.headline)
)
EXECUTE FUNCTION latchkey_count_cause();
ALTER TABLE events DROP COLUMN news;
COMMIT;
