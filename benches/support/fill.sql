-- {events} finished events, spread over the past year; payloads of the last 90 days, as retention leaves them.
-- Ids rise with time, as the program's do. Random bytes stand for sealed ones: neither can be compressed.
SET latchkey.platform TO 'upkeep';
SET synchronous_commit TO off;
SET maintenance_work_mem TO '1GB';

-- The months that a program which ran all that time would have made.
SELECT latchkey_make_partitions((now() - interval '90 days')::date, 4);

-- Indexes are made once, behind the rows: one row after the other takes hours.
CREATE TEMPORARY TABLE indexes AS
    SELECT format('ALTER TABLE events DROP CONSTRAINT %I', conname) AS away,
        format('ALTER TABLE events ADD CONSTRAINT %I %s', conname, pg_get_constraintdef(oid)) AS back
    FROM pg_constraint WHERE conrelid = 'events'::regclass AND contype IN ('p', 'u')
    UNION ALL
    SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
    FROM pg_index WHERE indrelid = 'events'::regclass
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid);
DO $$ DECLARE statement text; BEGIN
    FOR statement IN SELECT away FROM indexes LOOP EXECUTE statement; END LOOP;
END $$;

INSERT INTO events (tenant_id, id, storefront_id, source_event_id, event_type, live, lane, subject, state,
    order_id, order_reference, headline, occurred_at, received_at, settled_at, attempts, claims)
SELECT tenant_id, (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '7'
        || substr(gen_random_uuid()::text, 16))::uuid,
    storefront_id, 'grown-' || number, 'order.completed', true, 1, 'order grown-' || number, 'done',
    'grown-' || number, 'NWA' || number, 'An order of one license', moment, moment, moment, 0, 0
FROM (
    SELECT tenant_id, storefront_id, number, now() - interval '1 year' * (1 - number::float / {events}) AS moment
    FROM (SELECT tenant_id, id AS storefront_id, generate_series(1, {events}) AS number FROM storefronts) AS numbers
) AS times;

INSERT INTO payloads (tenant_id, event_id, received_at, sealed)
SELECT tenant_id, id, received_at, substr(pool, (random() * 900000)::int + 1, 896)
FROM events, (SELECT decode(string_agg(md5(random()::text), ''), 'hex') AS pool
    FROM generate_series(1, 60000)) AS bytes
WHERE received_at > now() - interval '90 days';

DO $$ DECLARE statement text; BEGIN
    FOR statement IN SELECT back FROM indexes LOOP EXECUTE statement; END LOOP;
END $$;
