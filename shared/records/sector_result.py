"""The Arrow schema of a sector's result: one row a sector, with what planners look at (census,
queues, waits) and its digest.
"""

import pyarrow as pa

SECTOR_RESULT_SCHEMA_VERSION = 1

RESOURCE = pa.struct(
    [
        pa.field("kind", pa.int8(), nullable=False),  # ResourceKind
        # position in the scenario's facilities, -1 for a vehicle pool
        pa.field("facility", pa.int16(), nullable=False),
        # position in the scenario's transport, -1 for a facility's resource
        pa.field("pool", pa.int16(), nullable=False),
        pa.field("capacity", pa.int32(), nullable=False),
        pa.field("served", pa.int32(), nullable=False),
        pa.field("wait_mean_s", pa.float32(), nullable=False),
        pa.field("wait_max_s", pa.int32(), nullable=False),
        pa.field("queue_max", pa.int32(), nullable=False),
        pa.field("busy_share", pa.float32(), nullable=False),
    ]
)
CENSUS_SAMPLE = pa.struct(
    [
        pa.field("at_s", pa.int32(), nullable=False),
        pa.field("facility", pa.int16(), nullable=False),
        pa.field("present", pa.int32(), nullable=False),
    ]
)
RESOURCE_SAMPLE = pa.struct(
    [
        pa.field("at_s", pa.int32(), nullable=False),
        pa.field("resource", pa.int16(), nullable=False),  # position in `resources`
        pa.field("in_use", pa.int32(), nullable=False),
        pa.field("waiting", pa.int32(), nullable=False),
    ]
)
COUNT = pa.struct(
    [
        pa.field("category", pa.int8(), nullable=False),
        pa.field("triage_first", pa.int8(), nullable=False),
        pa.field("outcome", pa.int8(), nullable=False),
        pa.field("patients", pa.int32(), nullable=False),
    ]
)


def _list_of(item: pa.DataType) -> pa.DataType:
    return pa.list_(pa.field("item", item, nullable=False))


SECTOR_RESULT_SCHEMA = pa.schema(
    [
        pa.field("sector", pa.int32(), nullable=False),
        pa.field("first_ordinal", pa.int64(), nullable=False),
        pa.field("patients", pa.int32(), nullable=False),
        pa.field("ended_at_s", pa.int32(), nullable=False),
        pa.field("digest", pa.binary(32), nullable=False),
        pa.field("counts", _list_of(COUNT), nullable=False),
        pa.field("resources", _list_of(RESOURCE), nullable=False),
        pa.field("census", _list_of(CENSUS_SAMPLE), nullable=False),
        pa.field("queues", _list_of(RESOURCE_SAMPLE), nullable=False),
    ],
    metadata={"record": "sector_result", "schema_version": str(SECTOR_RESULT_SCHEMA_VERSION)},
)
