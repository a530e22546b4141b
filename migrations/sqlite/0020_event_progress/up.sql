-- How far an event is whose purchase is worked in several goes, and whether a person said that all of it shall be made.
ALTER TABLE events ADD COLUMN progress TEXT;

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0020', '0012');
