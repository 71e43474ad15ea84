"""The Arrow schema of a patient: one row a casualty, with nested events, vital signs, conditions
and treatments.

Times (`*_s`) are whole simulated seconds since the scenario's `starts_at`. Ids (`*_id`,
`mechanism`, `condition`, `treatment`, `nation`, `allergies`, `background`) are rows of the tables
in `shared/clinical/data`; small enumerations are in `vocabulary.py`; `unit`, `front`, `facility`,
`vehicle` are positions in the scenario's lists (-1: none).
"""

import pyarrow as pa

PATIENT_SCHEMA_VERSION = 1

EVENT = pa.struct(
    [
        pa.field("at_s", pa.int32(), nullable=False),
        pa.field("kind", pa.int8(), nullable=False),  # EventKind
        pa.field("role", pa.int8(), nullable=False),  # Role
        pa.field("facility", pa.int16(), nullable=False),
        pa.field("vehicle", pa.int16(), nullable=False),
        # TRIAGED: Triage; EVACUATION_REQUESTED: Precedence; DIED: DeathCause; else 0
        pa.field("detail", pa.int16(), nullable=False),
    ]
)
VITAL_SIGNS = pa.struct(
    [
        pa.field("at_s", pa.int32(), nullable=False),
        pa.field("context", pa.int8(), nullable=False),  # VitalsContext
        pa.field("facility", pa.int16(), nullable=False),
        pa.field("heart_rate", pa.int16(), nullable=False),  # /min
        pa.field("systolic", pa.int16(), nullable=False),  # mmHg
        pa.field("diastolic", pa.int16(), nullable=False),  # mmHg
        pa.field("respiratory_rate", pa.int8(), nullable=False),  # /min
        pa.field("spo2", pa.int8(), nullable=False),  # %
        pa.field("gcs", pa.int8(), nullable=False),  # 3..15
        pa.field("temperature_dc", pa.int16(), nullable=False),  # tenths of a degree Celsius
        pa.field("pain", pa.int8(), nullable=False),  # 0..10, -1 when it cannot be told
    ]
)
CONDITION = pa.struct(
    [
        pa.field("condition", pa.int16(), nullable=False),
        pa.field("region", pa.int8(), nullable=False),  # BodyRegion, 0 for none
        pa.field("side", pa.int8(), nullable=False),  # Side
        pa.field("ais", pa.int8(), nullable=False),  # 1..6, 0 where AIS does not apply
        pa.field("onset_s", pa.int32(), nullable=False),
    ]
)
TREATMENT = pa.struct(
    [
        pa.field("at_s", pa.int32(), nullable=False),
        pa.field("ended_at_s", pa.int32(), nullable=False),
        pa.field("treatment", pa.int16(), nullable=False),
        pa.field("role", pa.int8(), nullable=False),
        pa.field("facility", pa.int16(), nullable=False),
        pa.field("region", pa.int8(), nullable=False),  # BodyRegion, 0 for none
        # in the treatment's own unit, 0 for procedures
        pa.field("dose", pa.float32(), nullable=False),
    ]
)


def _list_of(item: pa.DataType) -> pa.DataType:
    return pa.list_(pa.field("item", item, nullable=False))


PATIENT_SCHEMA = pa.schema(
    [
        pa.field("ordinal", pa.int64(), nullable=False),
        pa.field("sector", pa.int32(), nullable=False),
        pa.field("family_id", pa.int32(), nullable=False),
        pa.field("given_id", pa.int32(), nullable=False),
        pa.field("service_number", pa.int64(), nullable=False),
        pa.field("birth_date", pa.date32(), nullable=False),
        pa.field("sex", pa.int8(), nullable=False),
        pa.field("nation", pa.int16(), nullable=False),
        pa.field("blood_group", pa.int8(), nullable=False),
        pa.field("branch", pa.int8(), nullable=False),
        # NATO code: OR-1..OR-9 = 1..9, OF-1..OF-10 = 11..20, 0 for civilians
        pa.field("rank", pa.int8(), nullable=False),
        pa.field("unit", pa.int16(), nullable=False),
        pa.field("height_cm", pa.int16(), nullable=False),
        pa.field("weight_hg", pa.int16(), nullable=False),  # tenths of a kilogram
        pa.field("allergies", _list_of(pa.int16()), nullable=False),
        pa.field("background", _list_of(pa.int16()), nullable=False),
        pa.field("category", pa.int8(), nullable=False),
        pa.field("mechanism", pa.int16(), nullable=False),
        # number within the sector, -1 for a casualty alone
        pa.field("compound_event", pa.int32(), nullable=False),
        pa.field("front", pa.int8(), nullable=False),
        pa.field("latitude_udeg", pa.int32(), nullable=False),  # micro-degrees
        pa.field("longitude_udeg", pa.int32(), nullable=False),
        pa.field("injured_at_s", pa.int32(), nullable=False),
        pa.field("triage_first", pa.int8(), nullable=False),
        pa.field("precedence", pa.int8(), nullable=False),  # Precedence, 0 when none was asked for
        pa.field("iss", pa.int8(), nullable=False),
        pa.field("niss", pa.int8(), nullable=False),
        # Revised Trauma Score at first contact, ten-thousandths
        pa.field("rts_e4", pa.int32(), nullable=False),
        # probability of survival by TRISS, ten-thousandths, -1 without an injury
        pa.field("triss_e4", pa.int16(), nullable=False),
        pa.field("blood_volume_min_pct", pa.int8(), nullable=False),
        pa.field("burn_tbsa_pct", pa.int8(), nullable=False),
        pa.field("transfused_units", pa.int16(), nullable=False),
        pa.field("outcome", pa.int8(), nullable=False),
        pa.field("death_cause", pa.int8(), nullable=False),
        pa.field("returned_within_72h", pa.int8(), nullable=False),
        pa.field("role_first", pa.int8(), nullable=False),
        pa.field("role_last", pa.int8(), nullable=False),
        pa.field("facility_last", pa.int16(), nullable=False),
        pa.field("ended_at_s", pa.int32(), nullable=False),
        pa.field("events", _list_of(EVENT), nullable=False),
        pa.field("vitals", _list_of(VITAL_SIGNS), nullable=False),
        pa.field("conditions", _list_of(CONDITION), nullable=False),
        pa.field("treatments", _list_of(TREATMENT), nullable=False),
    ],
    metadata={"record": "patient", "schema_version": str(PATIENT_SCHEMA_VERSION)},
)

# The thin row of PostgreSQL: these columns, in this order, after job_id.
THIN_COLUMNS = (
    "ordinal",
    "sector",
    "family_id",
    "given_id",
    "birth_date",
    "sex",
    "nation",
    "branch",
    "category",
    "mechanism",
    "triage_first",
    "iss",
    "outcome",
    "role_last",
    "injured_at_s",
    "ended_at_s",
)
