-- What a license server said when it refused, sealed. What was kept in clear is dropped; the calls still hold it.
-- Row-level security holds the owner of the tables too.
SELECT set_config('latchkey.platform', 'operator', true);
ALTER TABLE events ADD COLUMN words_sealed bytea;
UPDATE events SET reason_details = NULL WHERE reason_code IN ('license_server_rejected', 'user_not_created');

-- How many events stand still, by what they stand for; pages show it, and never count events.
-- A subject that is not there is empty. Triggers keep it, so that nobody who writes events can forget to.
-- Each change is a row of its own, and a cause's number the sum of its rows: so nobody who settles events waits for
-- another, or locks rows in another's order. latchkey_fold_causes makes one row of them now and then.
CREATE TABLE cause_counts (
    tenant_id uuid NOT NULL,
    storefront_id uuid NOT NULL,
    state text NOT NULL,
    reason_code text NOT NULL,
    reason_subject text NOT NULL,
    is_purchase boolean NOT NULL,
    count bigint NOT NULL
);
CREATE INDEX cause_counts_by_tenant ON cause_counts (tenant_id);
CALL latchkey_protect('cause_counts', 'tenant_id');

CREATE FUNCTION latchkey_stands_still(state text, reason_code text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(state IN ('parked', 'retrying') OR (state = 'waiting' AND reason_code IN ('license_server_unauthorized', 'license_server_missing_scope', 'license_server_unreachable', 'shop_api_unauthorized', 'shop_api_unreachable', 'awaiting_consent', 'storefront_paused')), false)
$$;

CREATE FUNCTION latchkey_count_cause() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE FUNCTION latchkey_fold_causes() RETURNS void LANGUAGE sql AS $$
    WITH scattered AS (
        SELECT DISTINCT tenant_id FROM cause_counts
        GROUP BY tenant_id, storefront_id, state, reason_code, reason_subject, is_purchase
        HAVING count(*) > 1 OR sum(count) = 0
    ), taken AS (
        DELETE FROM cause_counts USING scattered WHERE cause_counts.tenant_id = scattered.tenant_id
        RETURNING cause_counts.*
    )
    INSERT INTO cause_counts (tenant_id, storefront_id, state, reason_code, reason_subject, is_purchase, count)
    SELECT tenant_id, storefront_id, state, reason_code, reason_subject, is_purchase, sum(count)
    FROM taken GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(count) <> 0
$$;

INSERT INTO cause_counts (tenant_id, storefront_id, state, reason_code, reason_subject, is_purchase, count)
SELECT tenant_id, storefront_id, state, coalesce(reason_code, ''), coalesce(reason_subject, ''), coalesce(headline LIKE 'New order%', false), count(*)
FROM events WHERE latchkey_stands_still(state, reason_code)
GROUP BY 1, 2, 3, 4, 5, 6;

-- The conditions keep the counting function from being called for all that passes through.
CREATE TRIGGER cause_counts_insert AFTER INSERT ON events FOR EACH ROW
WHEN (latchkey_stands_still(NEW.state, NEW.reason_code))
EXECUTE FUNCTION latchkey_count_cause();
CREATE TRIGGER cause_counts_update AFTER UPDATE OF state, reason_code, reason_subject, headline ON events FOR EACH ROW
WHEN (
    (latchkey_stands_still(OLD.state, OLD.reason_code) OR latchkey_stands_still(NEW.state, NEW.reason_code))
    AND (OLD.state, OLD.reason_code, OLD.reason_subject, OLD.headline) IS DISTINCT FROM (NEW.state, NEW.reason_code, NEW.reason_subject, NEW.headline)
)
EXECUTE FUNCTION latchkey_count_cause();
CREATE TRIGGER cause_counts_delete AFTER DELETE ON events FOR EACH ROW
WHEN (latchkey_stands_still(OLD.state, OLD.reason_code))
EXECUTE FUNCTION latchkey_count_cause();

-- The first and the latest event of a cause are found at the ends of this.
CREATE INDEX events_by_cause ON events (tenant_id, storefront_id, state, reason_code, reason_subject, received_at)
WHERE state IN ('parked', 'waiting') AND reason_code <> 'not_due_yet';

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0025', '0012');
