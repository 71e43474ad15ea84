"""CSV of the OMOP Common Data Model 5.4, in the column order of its own table definitions."""
