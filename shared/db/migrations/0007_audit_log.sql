-- Who did what: an append-only chain of sealed entries.

CREATE TABLE audit_log (
    entry_no bigint PRIMARY KEY CHECK (entry_no > 0),
    at timestamptz NOT NULL,
    tenant_id uuid,
    way text NOT NULL CHECK (way <> ''),
    subject text NOT NULL,
    address text NOT NULL,
    action text NOT NULL CHECK (action <> ''),
    details jsonb NOT NULL,
    trace_id text,
    seal bytea NOT NULL CHECK (octet_length(seal) = 32)
);
CREATE INDEX audit_log_by_tenant ON audit_log (tenant_id, entry_no);
COMMENT ON TABLE audit_log IS 'Owner: services/gateway. Rows are added and never changed; seal is an HMAC over the row and the seal before it.';

CREATE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only added', tg_table_name USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_log_is_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
