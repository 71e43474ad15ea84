"""FHIR R4 (4.0.1): one file a resource type, and the formats that are made of them."""
