-- A batch whose message no generator can take is not dispatched for ever: dispatches in a row without a claim are counted.

ALTER TABLE batches ADD COLUMN unclaimed integer NOT NULL DEFAULT 0 CHECK (unclaimed >= 0);
COMMENT ON COLUMN batches.unclaimed IS 'Dispatches in a row whose lease ran out before any generator claimed the batch.';
