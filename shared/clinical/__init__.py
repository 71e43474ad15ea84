"""Clinical reference data: every row with its source, read through `shared.clinical.tables`."""
