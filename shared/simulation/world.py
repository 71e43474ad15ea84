"""What the event loop works on: one row a casualty, place, vehicle pool and resource, in arrays
that compiled code shares.

Fields are read as `row["name"]`, which means the same in compiled and in plain Python.
"""

from typing import Any, NamedTuple

import numpy as np

# Bleeding sites, places in `bleeding` of a CASUALTY.
EXTREMITY, JUNCTIONAL, TRUNCAL = range(3)
SITES = 3
# Ways to die other than bleeding, places in its `hazard` and `reserve`.
AIRWAY, CHEST, BRAIN, ILLNESS, SHOCK = range(5)
WAYS = 5

# Resources of a place, in the order of `ResourceKind` 1..7.
BED, TABLE, INTENSIVE, VENTILATOR, TEAM, SURGEONS, BLOOD = range(7)
RESOURCES = 7
# Queues of a place: for a team, for an operating table with its surgeons, for intensive care, and
# for a journey to each role.
TEAM_QUEUE, TABLE_QUEUE, INTENSIVE_QUEUE, JOURNEY_QUEUE = range(4)
# nobody waits for a journey to role 0: the list of those whom a facility's teams treat
TREATED = JOURNEY_QUEUE
QUEUES = 8  # JOURNEY_QUEUE + role, roles 1..4
CLASSES = 5  # triage 1..4 and the dead, of whom none waits
COMPLICATIONS = 7  # rows of the clinical table
NOWHERE = -1

CASUALTY = np.dtype(
    [
        ("injured_at_s", "i4"),
        ("place", "i2"),  # NOWHERE in a vehicle
        ("category", "i1"),
        ("civilian", "i1"),
        ("iss", "i1"),
        ("worst_ais", "i1"),
        ("head_ais", "i1"),  # of head and neck
        ("brain_ais", "i1"),
        ("cord_ais", "i1"),  # of the cervical cord
        ("chest_ais", "i1"),
        ("abdomen_ais", "i1"),
        ("limb_ais", "i1"),
        ("wound_region", "i1"),  # of the worst wound
        ("burn_pct", "i1"),
        ("open_wound", "i1"),
        ("war_wound", "i1"),  # by explosion or gunshot: never closed at once
        ("pleura", "i1"),  # air or blood between lung and chest wall
        ("own_tourniquet", "i1"),
        ("amputation", "i1"),  # stumps that no surgeon has seen
        ("surgery", "i1"),  # an operation is due: some bit of `needs`
        ("needs", "i4"),  # bit an operation of `surgery.OPERATIONS`
        ("operating", "i1"),  # number of the one under way
        ("operated", "i1"),  # operations done in the session
        ("immediate", "i1"),  # dead at the moment of wounding
        ("agent", "i1"),  # 0 none, 1 nerve agent, 2 another
        ("illness", "i2"),  # 0 or the disease's condition id
        ("recovery_s", "i4"),  # from wounding to fitness for duty, undisturbed
        # latent state at `state_at_s`
        ("state_at_s", "i4"),
        ("volume", "f8"),  # circulating blood as a fraction of normal
        ("volume_min", "f8"),
        ("bleeding", "f8", (SITES,)),  # fraction of normal volume a minute at full pressure
        ("hazard", "f8", (WAYS,)),  # per minute
        ("soiling", "f8"),  # part of the hazard of illness that an operation takes away
        ("reserve", "f8", (WAYS,)),  # hazard that this person survives yet
        ("tolerance", "f8"),  # the volume below which this heart stops
        ("clotting", "f8"),  # rate at which bleeding dies down, per minute
        ("obstruction", "f8"),  # of the airway, 0..1
        ("collapse", "f8"),  # of the lungs, 0..1
        ("stupor", "f8"),  # of the brain, points of GCS lost
        ("fever", "f8"),  # degrees
        ("strain", "f8"),  # of illness on circulation and breathing, 0..1
        ("pain", "f8"),  # 0..10
        ("tube", "i1"),  # in the windpipe: asleep
        ("asleep_until_s", "i4"),  # after an operation
        ("drowsy_until_s", "i4"),
        ("size", "f8"),  # of the body against an adult's: doses and blood
        ("pulse_age", "i2"),  # what a child's signs differ from an adult's
        ("systolic_age", "i2"),
        ("breaths_age", "i2"),
        # of this person without pain and loss: at rest, or as fear, cold and temperament leave the
        # wounded
        ("pulse_own", "i2"),
        ("systolic_own", "i2"),
        ("noise", "i8"),  # state of the scatter of vital signs
        ("luck_a", "i8"),  # what `luck.ticket` is drawn from
        ("luck_b", "i8"),
        ("crew_blood", "i1"),  # units with the crew that carries this casualty
        ("vitals_due_s", "i4"),
        ("death_at_s", "i4"),  # forecast, NEVER if none
        ("moves_at_s", "i4"),
        ("death_cause", "i1"),
        ("version", "i4"),
        # journey
        ("alive", "i1"),
        ("ended", "i1"),
        ("outcome", "i1"),
        ("ended_at_s", "i4"),
        ("admitted", "i1"),
        ("triage", "i1"),
        ("triage_first", "i1"),
        ("precedence", "i1"),
        ("rts_e4", "i4"),
        ("role_first", "i1"),
        ("role_last", "i1"),
        ("facility_last", "i2"),
        ("holds", "i2"),  # bit per resource kind held at `place`
        ("done", "i8"),  # bit per treatment given
        ("doing", "i2"),
        ("doing_since_s", "i4"),
        ("step", "i4"),  # number of the treatment under way; older ones are void
        ("level", "i1"),  # of whoever treats
        ("stage", "i1"),  # of care, see `care`
        ("stay", "i4"),  # number of the stay; the end of an older one is void
        ("arrived_at_s", "i4"),
        ("watched_since_s", "i4"),  # closely: from wound, arrival or operation
        ("antibiotic_at_s", "i4"),
        ("leaves_at_s", "i4"),  # with the vehicle sent for them
        ("arrives_at_s", "i4"),  # where the vehicle goes
        ("bound_for", "i2"),  # place whose bed is kept
        ("vehicle", "i2"),  # aboard
        ("coming", "i2"),  # pool of the vehicle that was sent
        ("transfused", "i2"),
        ("free_since_s", "i4"),  # of treatment, among those who treat now
        ("foreseen", "i1"),  # complications of the wounds are decided
        ("interrupted", "i1"),  # the team turned to a graver casualty
        ("complication_at_s", "i4", (COMPLICATIONS,)),  # 0 for none
        ("queue", "i4"),
        ("queue_class", "i1"),
        ("queued_at_s", "i4"),
        ("before", "i4"),
        ("after", "i4"),
    ],
    align=True,
)
PLACE = np.dtype(
    [
        ("role", "i1"),
        ("facility", "i2"),
        ("first_way", "i4"),  # rows of `World.ways` that lead on, in order of preference
        ("ways", "i4"),
        ("first_feeder", "i4"),  # rows of `World.ways` that name the places that lead here
        ("feeders", "i4"),
        ("hold_s", "i4"),
        ("present", "i4"),
        ("waiting", "i4"),  # for a journey
        ("touched", "i2"),  # a stack of places with something to hand out, counters[TOUCHED] high
    ],
    align=True,
)
WAY = np.dtype([("place", "i2"), ("distance_km", "f8")], align=True)
QUEUE = np.dtype(
    [
        ("first", "i4", (CLASSES,)),
        ("last", "i4", (CLASSES,)),
        ("length", "i4"),
        ("seats_min", "i4"),  # of the vehicles that may fetch from here
    ],
    align=True,
)
ENTRY = np.dtype([("key", "i8"), ("item", "i8")], align=True)
# links are positions + 1, 0 at a chain's end
LATER = np.dtype([("key", "i8"), ("item", "i8"), ("after", "i4")], align=True)
POOL = np.dtype(
    [
        ("kind", "i1"),
        ("transport", "i2"),  # position in the scenario; pools stand fastest first
        ("capacity", "i4"),
        ("speed_km_s", "f8"),
        ("from_role", "i1"),
        ("to_role", "i1"),
        ("at_night", "i1"),
        ("ready_s", "i4"),  # from call to start
    ],
    align=True,
)
RESOURCE = np.dtype(
    [
        ("capacity", "i4"),
        ("in_use", "i4"),
        ("waiting", "i4"),
        ("served", "i4"),
        ("waited_s", "i8"),
        ("wait_max_s", "i4"),
        ("queue_max", "i4"),
        ("busy_s", "i8"),  # unit-seconds in use up to changed_at_s
        ("changed_at_s", "i4"),
        ("shown_in_use", "i4"),  # as last written to the series
        ("shown_waiting", "i4"),
    ],
    align=True,
)
EVENT_ROW = np.dtype(
    [
        ("who", "i4"),
        ("at_s", "i4"),
        ("facility", "i2"),
        ("vehicle", "i2"),
        ("detail", "i2"),
        ("kind", "i1"),
        ("role", "i1"),
    ]
)
VITALS_ROW = np.dtype(
    [
        ("who", "i4"),
        ("at_s", "i4"),
        ("facility", "i2"),
        ("heart_rate", "i2"),
        ("systolic", "i2"),
        ("diastolic", "i2"),
        ("temperature_dc", "i2"),
        ("context", "i1"),
        ("respiratory_rate", "i1"),
        ("spo2", "i1"),
        ("gcs", "i1"),
        ("pain", "i1"),
    ]
)
TREATMENT_ROW = np.dtype(
    [
        ("who", "i4"),
        ("at_s", "i4"),
        ("ended_at_s", "i4"),
        ("dose", "f4"),
        ("treatment", "i2"),
        ("facility", "i2"),
        ("role", "i1"),
        ("region", "i1"),
    ]
)
# The census of a facility (`in_use` are the present), or a resource's use and queue.
SAMPLE_ROW = np.dtype(
    [("at_s", "i4"), ("facility", "i2"), ("resource", "i2"), ("in_use", "i4"), ("waiting", "i4")]
)

# Places in `World.counters`: the agenda's five, the lengths of the logs, journeys, and the rules of
# the scenario.
LENGTH, ENTERED, OPEN_WINDOW, HUNG, FREED = range(5)
EVENT_ROWS, VITALS_ROWS, TREATMENT_ROWS, SAMPLE_ROWS, OVERFLOW, TOUCHED, WAITING, VEHICLE_ROLES = (
    range(5, 13)
)
(
    FIRST_SECOND_OF_DAY,
    HORIZON_S,
    SAMPLE_S,
    FRONTS,
    NATO_PRECEDENCE,
    HOLD_MAX_S,
    TRAINED,
    TOURNIQUETS,
    BLOOD_CREWS,
) = range(13, 22)
COUNTERS = 22


class World(NamedTuple):
    """A sector while it runs. Arrays are changed in place. They are few because each costs
    compilation in every kernel.
    """

    people: Any  # CASUALTY[patients]
    places: Any  # PLACE[fronts + facilities]
    ways: Any  # WAY[...]
    pools: Any  # POOL[pools]
    resources: Any  # RESOURCE[places * RESOURCES + pools]
    queues: Any  # QUEUE[places * QUEUES]
    agenda: Any  # ENTRY[...], a heap
    later: Any  # LATER[...]
    windows: Any  # int32[...], heads of chains in `later`
    counters: Any  # int64[COUNTERS]
    events: Any  # EVENT_ROW[...]
    vitals: Any  # VITALS_ROW[...]
    treatments: Any  # TREATMENT_ROW[...]
    samples: Any  # SAMPLE_ROW[...]
    model: Any  # record[1], see `model.model`
