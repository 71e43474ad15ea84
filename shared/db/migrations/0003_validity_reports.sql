-- What is known about the truth of a job's patients, made when the job has ended.

CREATE TABLE validity_reports (
    job_id uuid PRIMARY KEY,
    report jsonb NOT NULL,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE validity_reports IS 'Owner: shared/jobs. One document a terminal job; gone when the job runs again or is deleted.';

-- Jobs that ended lately and have no report yet, and jobs that ended long ago, are found by this.
CREATE INDEX jobs_by_finish ON jobs (finished_at) WHERE finished_at IS NOT NULL;
