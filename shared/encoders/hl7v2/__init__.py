"""HL7 v2.5.1: ADT and ORU messages about casualties at facilities."""
