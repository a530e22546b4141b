DELETE FROM schema_compatibility WHERE version = '0016';

-- Drops the months that ended before a day.
CREATE OR REPLACE FUNCTION latchkey_drop_partitions(before date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    child text;
    dropped integer := 0;
BEGIN
    FOR child IN
        SELECT inhrelid::regclass::text FROM pg_inherits
        WHERE inhparent IN ('payloads'::regclass, 'calls'::regclass)
    LOOP
        CONTINUE WHEN child !~ '_[0-9]{4}_[0-9]{2}$';
        IF to_date(right(child, 7), 'YYYY_MM') + interval '1 month' <= before THEN
            EXECUTE format('DROP TABLE %I', child);
            dropped := dropped + 1;
        END IF;
    END LOOP;
    RETURN dropped;
END
$$;
