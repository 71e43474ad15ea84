"""What rendering processes are forked with: imported, and so run, once by the server that forks
them; each begins with warm encoders.
"""

from datetime import UTC, datetime
from uuid import UUID

import pyarrow as pa

from shared.encoders.formats import FORMATS, compile_kernels
from shared.encoders.interface.context import EncodingContext
from shared.records.patient import PATIENT_SCHEMA
from shared.scenarios import load_preset

# what a client waits for; an export is not felt to begin half a second later
WARMED = ("fhir-ndjson", "ndjson")
PRESET = "teaching-20"

compile_kernels()
_nobody = pa.RecordBatch.from_pylist([], PATIENT_SCHEMA)
_context = EncodingContext(load_preset(PRESET), UUID(int=0), datetime.fromtimestamp(0, UTC))
for _format in (FORMATS[name] for name in WARMED):
    for _table in _format.tables or ("",):
        _format.encode(_nobody, _context, _table)
