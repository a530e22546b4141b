-- Modes, lanes, kinds and states are of sets that a program knows whole: nothing else is written.
-- A table takes a new CHECK only by being copied whole, so that triggers stand for it here.

CREATE TRIGGER memberships_are_known_insert BEFORE INSERT ON memberships
WHEN NEW.role NOT IN ('owner')
BEGIN
    SELECT RAISE(ABORT, 'memberships: a value of none of its sets');
END;
CREATE TRIGGER memberships_are_known_update BEFORE UPDATE OF role ON memberships
WHEN NEW.role NOT IN ('owner')
BEGIN
    SELECT RAISE(ABORT, 'memberships: a value of none of its sets');
END;

CREATE TRIGGER tenant_keys_are_known_insert BEFORE INSERT ON tenant_keys
WHEN NEW.purpose NOT IN ('data', 'index', 'license')
BEGIN
    SELECT RAISE(ABORT, 'tenant_keys: a value of none of its sets');
END;
CREATE TRIGGER tenant_keys_are_known_update BEFORE UPDATE OF purpose ON tenant_keys
WHEN NEW.purpose NOT IN ('data', 'index', 'license')
BEGIN
    SELECT RAISE(ABORT, 'tenant_keys: a value of none of its sets');
END;

CREATE TRIGGER license_servers_are_known_insert BEFORE INSERT ON license_servers
WHEN NEW.kind NOT IN ('cryptlex')
    OR NEW.state NOT IN ('ok', 'unauthorized', 'unreachable', 'unchecked')
    OR NEW.held_reason NOT IN ('unauthorized')
BEGIN
    SELECT RAISE(ABORT, 'license_servers: a value of none of its sets');
END;
CREATE TRIGGER license_servers_are_known_update BEFORE UPDATE OF kind, state, held_reason ON license_servers
WHEN NEW.kind NOT IN ('cryptlex')
    OR NEW.state NOT IN ('ok', 'unauthorized', 'unreachable', 'unchecked')
    OR NEW.held_reason NOT IN ('unauthorized')
BEGIN
    SELECT RAISE(ABORT, 'license_servers: a value of none of its sets');
END;

CREATE TRIGGER shop_apis_are_known_insert BEFORE INSERT ON shop_apis
WHEN NEW.state NOT IN ('ok', 'unauthorized', 'unreachable', 'unchecked')
BEGIN
    SELECT RAISE(ABORT, 'shop_apis: a value of none of its sets');
END;
CREATE TRIGGER shop_apis_are_known_update BEFORE UPDATE OF state ON shop_apis
WHEN NEW.state NOT IN ('ok', 'unauthorized', 'unreachable', 'unchecked')
BEGIN
    SELECT RAISE(ABORT, 'shop_apis: a value of none of its sets');
END;

CREATE TRIGGER storefronts_are_known_insert BEFORE INSERT ON storefronts
WHEN NEW.kind NOT IN ('fastspring')
    OR NEW.mode NOT IN ('live', 'shadow', 'paused')
BEGIN
    SELECT RAISE(ABORT, 'storefronts: a value of none of its sets');
END;
CREATE TRIGGER storefronts_are_known_update BEFORE UPDATE OF kind, mode ON storefronts
WHEN NEW.kind NOT IN ('fastspring')
    OR NEW.mode NOT IN ('live', 'shadow', 'paused')
BEGIN
    SELECT RAISE(ABORT, 'storefronts: a value of none of its sets');
END;

CREATE TRIGGER deliveries_are_known_insert BEFORE INSERT ON deliveries
WHEN NEW.outcome NOT IN ('accepted', 'fetched', 'refused')
BEGIN
    SELECT RAISE(ABORT, 'deliveries: a value of none of its sets');
END;
CREATE TRIGGER deliveries_are_known_update BEFORE UPDATE OF outcome ON deliveries
WHEN NEW.outcome NOT IN ('accepted', 'fetched', 'refused')
BEGIN
    SELECT RAISE(ABORT, 'deliveries: a value of none of its sets');
END;

CREATE TRIGGER events_are_known_insert BEFORE INSERT ON events
WHEN NEW.lane NOT IN (0, 1, 2, 3, 4, 5)
    OR NEW.state NOT IN ('received', 'working', 'waiting', 'retrying', 'done', 'ignored', 'parked', 'discarded')
BEGIN
    SELECT RAISE(ABORT, 'events: a value of none of its sets');
END;
CREATE TRIGGER events_are_known_update BEFORE UPDATE OF lane, state ON events
WHEN NEW.lane NOT IN (0, 1, 2, 3, 4, 5)
    OR NEW.state NOT IN ('received', 'working', 'waiting', 'retrying', 'done', 'ignored', 'parked', 'discarded')
BEGIN
    SELECT RAISE(ABORT, 'events: a value of none of its sets');
END;

CREATE TRIGGER licenses_are_known_insert BEFORE INSERT ON licenses
WHEN NEW.root_kind NOT IN ('subscription', 'order', 'reference')
    OR NEW.state NOT IN ('pending', 'active', 'expired', 'suspended', 'revoked', 'deleted')
BEGIN
    SELECT RAISE(ABORT, 'licenses: a value of none of its sets');
END;
CREATE TRIGGER licenses_are_known_update BEFORE UPDATE OF root_kind, state ON licenses
WHEN NEW.root_kind NOT IN ('subscription', 'order', 'reference')
    OR NEW.state NOT IN ('pending', 'active', 'expired', 'suspended', 'revoked', 'deleted')
BEGIN
    SELECT RAISE(ABORT, 'licenses: a value of none of its sets');
END;

CREATE TRIGGER key_requests_are_known_insert BEFORE INSERT ON key_requests
WHEN NEW.root_kind NOT IN ('subscription', 'order', 'reference')
BEGIN
    SELECT RAISE(ABORT, 'key_requests: a value of none of its sets');
END;
CREATE TRIGGER key_requests_are_known_update BEFORE UPDATE OF root_kind ON key_requests
WHEN NEW.root_kind NOT IN ('subscription', 'order', 'reference')
BEGIN
    SELECT RAISE(ABORT, 'key_requests: a value of none of its sets');
END;

CREATE TRIGGER brake_counts_are_known_insert BEFORE INSERT ON brake_counts
WHEN NEW.root_kind NOT IN ('subscription', 'order', 'reference')
BEGIN
    SELECT RAISE(ABORT, 'brake_counts: a value of none of its sets');
END;
CREATE TRIGGER brake_counts_are_known_update BEFORE UPDATE OF root_kind ON brake_counts
WHEN NEW.root_kind NOT IN ('subscription', 'order', 'reference')
BEGIN
    SELECT RAISE(ABORT, 'brake_counts: a value of none of its sets');
END;

CREATE TRIGGER effects_are_known_insert BEFORE INSERT ON effects
WHEN NEW.kind NOT IN ('issue', 'renew', 'set_term', 'suspend', 'reinstate', 'revoke', 'delete', 'set_seats', 'set_entitlements', 'set_maintenance', 'assign', 'annotate', 'release_machines')
    OR NEW.state NOT IN ('planned', 'sent', 'done', 'skipped', 'failed')
    OR NEW.aspect NOT IN ('existence', 'term', 'standing', 'seats', 'entitlements', 'maintenance', 'holder', 'notes', 'machines')
BEGIN
    SELECT RAISE(ABORT, 'effects: a value of none of its sets');
END;
CREATE TRIGGER effects_are_known_update BEFORE UPDATE OF kind, state, aspect ON effects
WHEN NEW.kind NOT IN ('issue', 'renew', 'set_term', 'suspend', 'reinstate', 'revoke', 'delete', 'set_seats', 'set_entitlements', 'set_maintenance', 'assign', 'annotate', 'release_machines')
    OR NEW.state NOT IN ('planned', 'sent', 'done', 'skipped', 'failed')
    OR NEW.aspect NOT IN ('existence', 'term', 'standing', 'seats', 'entitlements', 'maintenance', 'holder', 'notes', 'machines')
BEGIN
    SELECT RAISE(ABORT, 'effects: a value of none of its sets');
END;

CREATE TRIGGER consents_are_known_insert BEFORE INSERT ON consents
WHEN NEW.answer NOT IN ('approved', 'dropped')
BEGIN
    SELECT RAISE(ABORT, 'consents: a value of none of its sets');
END;
CREATE TRIGGER consents_are_known_update BEFORE UPDATE OF answer ON consents
WHEN NEW.answer NOT IN ('approved', 'dropped')
BEGIN
    SELECT RAISE(ABORT, 'consents: a value of none of its sets');
END;

CREATE TRIGGER jobs_are_known_insert BEFORE INSERT ON jobs
WHEN NEW.kind NOT IN ('reconciliation', 'interval_migration', 'takeover', 'replay', 'simulate')
    OR NEW.state NOT IN ('running', 'done', 'failed')
BEGIN
    SELECT RAISE(ABORT, 'jobs: a value of none of its sets');
END;
CREATE TRIGGER jobs_are_known_update BEFORE UPDATE OF kind, state ON jobs
WHEN NEW.kind NOT IN ('reconciliation', 'interval_migration', 'takeover', 'replay', 'simulate')
    OR NEW.state NOT IN ('running', 'done', 'failed')
BEGIN
    SELECT RAISE(ABORT, 'jobs: a value of none of its sets');
END;

-- Credentials that are refused are tried again by themselves from now on, also those that were refused before.
UPDATE license_servers SET next_probe_at = held_since WHERE held_since IS NOT NULL AND next_probe_at IS NULL;
UPDATE shop_apis SET fetch_due_at = held_since WHERE held_since IS NOT NULL AND fetch_due_at IS NULL;

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0027', '0012');
