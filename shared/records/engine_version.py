"""Which simulation made a record."""

# Raised whenever `simulate` gives another value for any scenario, seed and sector; the golden
# sector digests fail until it is.
ENGINE_VERSION = "8"
