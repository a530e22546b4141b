-- Modes, lanes, kinds and states are of sets that a program knows whole: nothing else is written.
-- The rows that are there are looked through afterwards, in a transaction of its own, while others read and write.
BEGIN;
ALTER TABLE memberships
    DROP CONSTRAINT IF EXISTS memberships_role_is_known,
    ADD CONSTRAINT memberships_role_is_known CHECK (role IN ('owner')) NOT VALID;
ALTER TABLE tenant_keys
    DROP CONSTRAINT IF EXISTS tenant_keys_purpose_is_known,
    ADD CONSTRAINT tenant_keys_purpose_is_known CHECK (purpose IN ('data', 'index', 'license')) NOT VALID;
ALTER TABLE license_servers
    DROP CONSTRAINT IF EXISTS license_servers_kind_is_known,
    ADD CONSTRAINT license_servers_kind_is_known CHECK (kind IN ('cryptlex')) NOT VALID,
    DROP CONSTRAINT IF EXISTS license_servers_state_is_known,
    ADD CONSTRAINT license_servers_state_is_known CHECK (state IN ('ok', 'unauthorized', 'unreachable', 'unchecked')) NOT VALID,
    DROP CONSTRAINT IF EXISTS license_servers_held_reason_is_known,
    ADD CONSTRAINT license_servers_held_reason_is_known CHECK (held_reason IN ('unauthorized')) NOT VALID;
ALTER TABLE shop_apis
    DROP CONSTRAINT IF EXISTS shop_apis_state_is_known,
    ADD CONSTRAINT shop_apis_state_is_known CHECK (state IN ('ok', 'unauthorized', 'unreachable', 'unchecked')) NOT VALID;
ALTER TABLE storefronts
    DROP CONSTRAINT IF EXISTS storefronts_kind_is_known,
    ADD CONSTRAINT storefronts_kind_is_known CHECK (kind IN ('fastspring')) NOT VALID,
    DROP CONSTRAINT IF EXISTS storefronts_mode_is_known,
    ADD CONSTRAINT storefronts_mode_is_known CHECK (mode IN ('live', 'shadow', 'paused')) NOT VALID;
ALTER TABLE deliveries
    DROP CONSTRAINT IF EXISTS deliveries_outcome_is_known,
    ADD CONSTRAINT deliveries_outcome_is_known CHECK (outcome IN ('accepted', 'fetched', 'refused')) NOT VALID;
ALTER TABLE events
    DROP CONSTRAINT IF EXISTS events_lane_is_known,
    ADD CONSTRAINT events_lane_is_known CHECK (lane IN (0, 1, 2, 3, 4, 5)) NOT VALID,
    DROP CONSTRAINT IF EXISTS events_state_is_known,
    ADD CONSTRAINT events_state_is_known CHECK (state IN ('received', 'working', 'waiting', 'retrying', 'done', 'ignored', 'parked', 'discarded')) NOT VALID;
ALTER TABLE licenses
    DROP CONSTRAINT IF EXISTS licenses_root_kind_is_known,
    ADD CONSTRAINT licenses_root_kind_is_known CHECK (root_kind IN ('subscription', 'order', 'reference')) NOT VALID,
    DROP CONSTRAINT IF EXISTS licenses_state_is_known,
    ADD CONSTRAINT licenses_state_is_known CHECK (state IN ('pending', 'active', 'expired', 'suspended', 'revoked', 'deleted')) NOT VALID;
ALTER TABLE key_requests
    DROP CONSTRAINT IF EXISTS key_requests_root_kind_is_known,
    ADD CONSTRAINT key_requests_root_kind_is_known CHECK (root_kind IN ('subscription', 'order', 'reference')) NOT VALID;
ALTER TABLE brake_counts
    DROP CONSTRAINT IF EXISTS brake_counts_root_kind_is_known,
    ADD CONSTRAINT brake_counts_root_kind_is_known CHECK (root_kind IN ('subscription', 'order', 'reference')) NOT VALID;
ALTER TABLE effects
    DROP CONSTRAINT IF EXISTS effects_kind_is_known,
    ADD CONSTRAINT effects_kind_is_known CHECK (kind IN ('issue', 'renew', 'set_term', 'suspend', 'reinstate', 'revoke', 'delete', 'set_seats', 'set_entitlements', 'set_maintenance', 'assign', 'annotate', 'release_machines')) NOT VALID,
    DROP CONSTRAINT IF EXISTS effects_state_is_known,
    ADD CONSTRAINT effects_state_is_known CHECK (state IN ('planned', 'sent', 'done', 'skipped', 'failed')) NOT VALID,
    DROP CONSTRAINT IF EXISTS effects_aspect_is_known,
    ADD CONSTRAINT effects_aspect_is_known CHECK (aspect IN ('existence', 'term', 'standing', 'seats', 'entitlements', 'maintenance', 'holder', 'notes', 'machines')) NOT VALID;
ALTER TABLE consents
    DROP CONSTRAINT IF EXISTS consents_answer_is_known,
    ADD CONSTRAINT consents_answer_is_known CHECK (answer IN ('approved', 'dropped')) NOT VALID;
ALTER TABLE jobs
    DROP CONSTRAINT IF EXISTS jobs_kind_is_known,
    ADD CONSTRAINT jobs_kind_is_known CHECK (kind IN ('reconciliation', 'interval_migration', 'takeover', 'replay', 'simulate')) NOT VALID,
    DROP CONSTRAINT IF EXISTS jobs_state_is_known,
    ADD CONSTRAINT jobs_state_is_known CHECK (state IN ('running', 'done', 'failed')) NOT VALID;

-- Credentials that are refused are tried again by themselves from now on, also those that were refused before.
SET LOCAL latchkey.platform = 'upkeep';
UPDATE license_servers SET next_probe_at = held_since WHERE held_since IS NOT NULL AND next_probe_at IS NULL;
UPDATE shop_apis SET fetch_due_at = held_since WHERE held_since IS NOT NULL AND fetch_due_at IS NULL;
COMMIT;

ALTER TABLE memberships VALIDATE CONSTRAINT memberships_role_is_known;
ALTER TABLE tenant_keys VALIDATE CONSTRAINT tenant_keys_purpose_is_known;
ALTER TABLE license_servers VALIDATE CONSTRAINT license_servers_kind_is_known, VALIDATE CONSTRAINT license_servers_state_is_known, VALIDATE CONSTRAINT license_servers_held_reason_is_known;
ALTER TABLE shop_apis VALIDATE CONSTRAINT shop_apis_state_is_known;
ALTER TABLE storefronts VALIDATE CONSTRAINT storefronts_kind_is_known, VALIDATE CONSTRAINT storefronts_mode_is_known;
ALTER TABLE deliveries VALIDATE CONSTRAINT deliveries_outcome_is_known;
ALTER TABLE events VALIDATE CONSTRAINT events_lane_is_known, VALIDATE CONSTRAINT events_state_is_known;
ALTER TABLE licenses VALIDATE CONSTRAINT licenses_root_kind_is_known, VALIDATE CONSTRAINT licenses_state_is_known;
ALTER TABLE key_requests VALIDATE CONSTRAINT key_requests_root_kind_is_known;
ALTER TABLE brake_counts VALIDATE CONSTRAINT brake_counts_root_kind_is_known;
ALTER TABLE effects VALIDATE CONSTRAINT effects_kind_is_known, VALIDATE CONSTRAINT effects_state_is_known, VALIDATE CONSTRAINT effects_aspect_is_known;
ALTER TABLE consents VALIDATE CONSTRAINT consents_answer_is_known;
ALTER TABLE jobs VALIDATE CONSTRAINT jobs_kind_is_known, VALIDATE CONSTRAINT jobs_state_is_known;

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0027', '0012');
