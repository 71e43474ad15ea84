"""CSV in the column layout of Synthea's CSV exporter."""
