"""A live feed of HL7 v2 messages over MLLP (HL7's Minimal Lower Layer Protocol, release 1)."""
