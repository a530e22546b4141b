-- Whatever a search may mean is found by an index of its own, however many events there are.
CREATE INDEX events_by_reference ON events (tenant_id, order_reference) WHERE order_reference IS NOT NULL;
-- Most events of a subscription are found by their subject, which is that subscription.
CREATE INDEX events_beside_subject ON events (tenant_id, subscription_id) WHERE subscription_id <> subject;

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0029', '0012');
