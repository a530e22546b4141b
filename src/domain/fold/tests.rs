//! Any order of arrival, with any repetition, folds to the same record.
