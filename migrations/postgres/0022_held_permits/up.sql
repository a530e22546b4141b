-- For whom a slot of the budget is held that a person or a program waits for, so that no company keeps the others from
-- theirs. Names no row that a vendor owns: budgets belong to the platform.
ALTER TABLE permits ADD COLUMN held_for uuid;
ALTER TABLE permits ADD COLUMN held_by text;

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0022', '0022');
