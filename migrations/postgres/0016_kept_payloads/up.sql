-- Drops one month of payloads or calls that ended before a day: 1, or 0 when none is left to drop.
-- Payloads of events that are still to be worked move to payloads_default, where rows of no month belong.
-- Whoever reads or writes payloads meanwhile waits for the move, so a month with more of them than this stays.
-- The lock is given up soon, since those who ask for it later would wait behind.
CREATE OR REPLACE FUNCTION latchkey_drop_partitions(before date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '200ms' AS $$
DECLARE
    most CONSTANT integer := 5000;
    parent text;
    child text;
    kept_tenants uuid[];
    kept_events uuid[];
BEGIN
    -- Under one vendor's scope the events of others are not seen, and their payloads would be lost.
    IF coalesce(current_setting('latchkey.platform', true), '') = '' THEN
        RAISE EXCEPTION 'months are dropped for the platform only';
    END IF;
    -- Another process is at it.
    IF NOT pg_try_advisory_xact_lock(hashtext('latchkey partitions')) THEN
        RETURN 0;
    END IF;
    FOR parent, child IN
        SELECT inhparent::regclass::text, inhrelid::regclass::text FROM pg_inherits
        WHERE inhparent IN ('payloads'::regclass, 'calls'::regclass)
    LOOP
        CONTINUE WHEN child !~ '_[0-9]{4}_[0-9]{2}$';
        CONTINUE WHEN to_date(right(child, 7), 'YYYY_MM') + interval '1 month' > before;
        IF parent = 'payloads' THEN
            -- Found before anything is locked. By tenants, since the index of states begins with them.
            EXECUTE format(
                $find$
                SELECT array_agg(tenant_id), array_agg(event_id) FROM (
                    SELECT month.tenant_id, month.event_id FROM tenants
                    JOIN events ON events.tenant_id = tenants.id
                        AND events.state IN ('received', 'working', 'waiting', 'retrying', 'parked')
                    JOIN %I AS month ON month.tenant_id = events.tenant_id AND month.event_id = events.id
                    LIMIT %s
                ) AS kept
                $find$,
                child, most + 1
            ) INTO kept_tenants, kept_events;
            CONTINUE WHEN cardinality(kept_events) > most;
        END IF;
        EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', parent, child);
        IF parent = 'payloads' THEN
            EXECUTE format(
                $move$
                INSERT INTO payloads (tenant_id, event_id, received_at, sealed)
                SELECT month.tenant_id, month.event_id, month.received_at, month.sealed
                FROM unnest($1, $2) AS kept (tenant_id, event_id)
                JOIN %I AS month USING (tenant_id, event_id)
                $move$,
                child
            ) USING kept_tenants, kept_events;
        END IF;
        EXECUTE format('DROP TABLE %I', child);
        RETURN 1;
    END LOOP;
    RETURN 0;
END
$$;

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0016', '0012');
