-- Nothing changes here: there are no months to drop.
INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0016', '0012');
