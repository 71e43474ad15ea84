-- What a bulk export leaves out of single types.

ALTER TABLE bulk_requests ADD COLUMN type_filters text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN bulk_requests.type_filters IS 'Searches such as Observation?code=8867-4: a resource of such a type must match one of its type''s.';
