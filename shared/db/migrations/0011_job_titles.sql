-- Lists of jobs show titles; for them a scenario of hundreds of kilobytes need not be read.
ALTER TABLE jobs ADD COLUMN title text;
UPDATE jobs SET title = scenario ->> 'title';
