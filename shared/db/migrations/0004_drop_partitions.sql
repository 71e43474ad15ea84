-- A month that is over and holds nothing any more is taken away, so that the number of partitions does not grow for ever.

CREATE FUNCTION has_rows(relation regclass) RETURNS boolean
LANGUAGE plpgsql STRICT
AS $$
DECLARE
    found_one boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %s)', relation) INTO found_one;
    RETURN found_one;
END
$$;

-- Drop a partition if it holds nothing and its month has no jobs, whose rows could still come; says whether it went.
-- The caller bounds the wait for locks, because whoever wants the table meanwhile queues behind it. Only the two tables are locked: without
-- ONLY every month would be. What is seen empty beforehand is looked at again under the lock.
CREATE FUNCTION drop_empty_partition(partition name) RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
    relation regclass;
    parent regclass;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('make_partitions'));
    -- Read from the tables: a name is looked up in a cache that may not know yet what another caller has dropped.
    SELECT i.inhrelid, i.inhparent INTO relation, parent
    FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
    WHERE c.relname = partition AND c.relnamespace = 'partitions'::regnamespace;
    IF NOT FOUND OR has_rows(relation) OR has_rows(to_regclass(format('partitions.%I', 'jobs_' || right(partition, 7)))) THEN
        RETURN false;
    END IF;
    EXECUTE format('LOCK TABLE ONLY %s, ONLY %s IN ACCESS EXCLUSIVE MODE', parent, relation);
    IF has_rows(relation) THEN
        RETURN false;
    END IF;
    EXECUTE format('DROP TABLE %s', relation);
    RETURN true;
END
$$;
