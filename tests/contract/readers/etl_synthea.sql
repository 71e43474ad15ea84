-- What OHDSI's ETL-Synthea (CDM 5.4) finds in Synthea's encounters, said anew for DuckDB: its rules are in
-- inst/sql/sql_server/cdm_version/v540/insert_death.sql and AllVisitTable.sql.

-- name: deaths
-- Each certified death whose cause is a condition that can be mapped by its SNOMED CT code.
SELECT patient, start AS died_at, reasoncode
FROM encounters
WHERE code = '308646001' AND reasoncode IN (SELECT code FROM conditions WHERE system LIKE '%snomed%');

-- name: inpatient_visits
-- Stays as inpatient with at most a day between them are one visit, and a stay without an end is lost.
WITH stays AS (
  SELECT
    id, patient, start, stop,
    max(stop) OVER (
      PARTITION BY patient ORDER BY start, stop ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS earlier
  FROM encounters
  WHERE encounterclass = 'inpatient' AND stop IS NOT NULL
), numbered AS (
  SELECT *, sum(CASE WHEN start <= earlier + INTERVAL 1 DAY THEN 0 ELSE 1 END)
    OVER (PARTITION BY patient ORDER BY start, stop ROWS UNBOUNDED PRECEDING) AS visit
  FROM stays
)
SELECT patient, visit, min(start) AS began, max(stop) AS ended, count(*) AS stays
FROM numbered
GROUP BY patient, visit;
