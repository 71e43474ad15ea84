import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from lazaret.calibration.cohort import Cohort, Rows
from lazaret.calibration.report import Finding, findings
from lazaret.cli import main
from shared.clinical.tables import conditions, mechanisms, treatments
from shared.records.vocabulary import (
    BodyRegion,
    Category,
    DeathCause,
    EventKind,
    Outcome,
    Triage,
    VitalsContext,
)
from shared.scenarios import reference_scenarios
from shared.scenarios.vocabulary import TransportKind

BATTLE, NON_BATTLE, DISEASE = Category.BATTLE_INJURY, Category.NON_BATTLE_INJURY, Category.DISEASE
HEAD, CHEST, ABDOMEN, LIMBS, SKIN = (
    BodyRegion.HEAD_NECK,
    BodyRegion.CHEST,
    BodyRegion.ABDOMEN,
    BodyRegion.EXTREMITIES,
    BodyRegion.EXTERNAL,
)
SCENARIO = reference_scenarios()["oif-oef-us"]
HELICOPTER = [pool.kind for pool in SCENARIO.transport].index(TransportKind.ROTARY)
WITH_ROLE_2 = [front.name for front in SCENARIO.fronts].index("Anbar")
ROLE_2, ROLE_3 = ([place.role for place in SCENARIO.facilities].index(role) for role in (2, 3))


def _ids(table: tuple[object, ...]) -> dict[str, int]:
    return {row.name: row.id for row in table}  # type: ignore[attr-defined]


def _rows(names: tuple[str, ...], *rows: tuple[int, ...]) -> Rows:
    columns = np.array(rows, dtype=np.int64).reshape(-1, len(names) + 1).T
    return Rows(columns[0], dict(zip(names, columns[1:], strict=True)))


def _flat() -> dict[str, Sequence[int]]:
    bomb, gunshot = _ids(mechanisms())["improvised_explosive_device"], _ids(mechanisms())["gunshot"]
    sprain, illness = _ids(mechanisms())["sports"], _ids(mechanisms())["illness"]
    outcomes = (
        [Outcome.KIA] * 2 + [Outcome.DOW] * 2 + [Outcome.RETURNED_TO_DUTY] + [Outcome.EVACUATED] * 3
    )
    others = [Outcome.RETURNED_TO_DUTY] * 2 + [Outcome.EVACUATED, Outcome.DIED_NON_BATTLE]
    return {
        "category": [BATTLE] * 8 + [NON_BATTLE, DISEASE, DISEASE, NON_BATTLE],
        "outcome": outcomes + others,
        "death_cause": [
            DeathCause.IMMEDIATE,
            *[DeathCause.HAEMORRHAGE] * 2,
            DeathCause.BRAIN_INJURY,
            *[0] * 7,
            DeathCause.ORGAN_FAILURE,
        ],
        "returned_within_72h": [0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0],
        "injured_at_s": [100] * 12,
        "ended_at_s": [100, 1_900, 9_000, 700_000, 9_000] + [90_000] * 7,
        "iss": [75, 30, 40, 25, 1, 9, 10, 25, 1, 0, 0, 16],
        "mechanism": [bomb] * 5 + [gunshot, bomb, bomb, sprain, illness, illness, gunshot],
        "burn_tbsa_pct": [50, 0, 0, 0, 0, 0, 12, 0, 0, 0, 0, 0],
        "transfused_units": [0, 0, 12, 0, 0, 4, 0, 14, 0, 0, 0, 0],
        "front": [WITH_ROLE_2] * 12,
        "role_first": [0, 0, 2, 3, 1, 2, 2, 2, 1, 1, 1, 2],
        "role_last": [0, 0, 2, 3, 1, 4, 4, 4, 1, 1, 4, 2],
        "triage_first": [Triage.DEAD, Triage.T1, Triage.T1, Triage.T1, *[Triage.T3] * 8],
        "compound_event": [0] * 6 + [-1] * 6,
        "birth_date": [int(np.datetime64("1984-06-01").astype(np.int64))] * 12,
    }


def _conditions() -> Rows:
    of = _ids(conditions())
    return _rows(
        ("condition", "region", "ais"),
        (0, of["destruction_of_head"], HEAD, 6),
        (1, of["haemothorax"], CHEST, 4),
        (1, of["limb_artery_injury"], LIMBS, 4),
        (2, of["haemothorax"], CHEST, 3),
        (2, of["amputation_thigh"], LIMBS, 4),
        (3, of["penetrating_brain_injury"], HEAD, 5),
        (4, of["femur_fracture"], LIMBS, 3),
        (5, of["chest_wall_wound"], CHEST, 1),
        (5, of["abrasion"], SKIN, 1),
        (6, of["concussion"], HEAD, 2),
        (6, of["partial_thickness_burn"], SKIN, 2),
        (6, of["limb_artery_injury"], LIMBS, 4),
        (7, of["amputation_thigh"], LIMBS, 4),
        (7, of["closed_brain_injury"], HEAD, 3),
        (7, of["wound_infection"], 0, 0),
        (8, of["ankle_sprain"], LIMBS, 1),
        (9, of["low_back_pain"], 0, 0),
        (10, of["anxiety"], 0, 0),
        (11, of["liver_injury"], ABDOMEN, 4),
    )


def _events() -> Rows:
    called, left, came = EventKind.EVACUATION_REQUESTED, EventKind.DEPARTED, EventKind.ARRIVED
    start, end, intensive = (
        EventKind.SURGERY_STARTED,
        EventKind.SURGERY_ENDED,
        EventKind.INTENSIVE_CARE_STARTED,
    )
    return _rows(
        ("at_s", "kind", "facility", "vehicle"),
        (1, 400, called, -1, -1),
        (1, 1_000, left, -1, HELICOPTER),
        (1, 1_900, EventKind.DIED, -1, HELICOPTER),
        (2, 400, called, -1, -1),
        (2, 1_000, left, -1, HELICOPTER),
        (2, 2_800, came, ROLE_2, HELICOPTER),
        (3, 1_000, left, -1, HELICOPTER),
        (3, 2_000, came, ROLE_3, -1),
        (3, 3_000, intensive, ROLE_3, -1),
        (5, 400, called, -1, -1),
        (5, 3_000, left, -1, HELICOPTER),
        (5, 4_600, came, ROLE_2, HELICOPTER),
        (5, 7_000, start, ROLE_3, -1),
        (5, 10_600, end, ROLE_3, -1),
        (5, 20_000, came, ROLE_3, -1),
        (7, 3_000, left, -1, HELICOPTER),
        (7, 5_000, came, ROLE_2, -1),
    )


def _vitals() -> Rows:
    at_once, later = VitalsContext.CONTACT, VitalsContext.CLOCK
    return _rows(
        ("at_s", "context", "facility", "heart_rate", "systolic", "gcs"),
        (2, 500, at_once, -1, 130, 80, 14),
        (2, 2_800, at_once, ROLE_2, 140, 70, 12),
        (3, 2_000, at_once, ROLE_3, 80, 85, 5),
        (5, 4_600, at_once, ROLE_2, 80, 120, 15),
        (5, 4_700, later, ROLE_2, 80, 60, 3),
        (7, 500, at_once, -1, 90, 110, 15),
        (7, 5_000, at_once, ROLE_2, 100, 110, 15),
    )


def _treatments() -> Rows:
    of = _ids(treatments())
    return _rows(
        ("at_s", "ended_at_s", "treatment", "role"),
        (2, 600, 660, of["tourniquet"], 0),
        (2, 2_900, 3_000, of["red_cells"], 2),
        (3, 1_900, 2_000, of["cardiopulmonary_resuscitation"], 0),
        (3, 699_400, 700_000, of["cardiopulmonary_resuscitation"], 3),
        (7, 200, 260, of["tourniquet"], 0),
        (7, 3_100, 4_000, of["whole_blood"], 0),
        (7, 4_500, 5_000, of["cardiopulmonary_resuscitation"], 0),
    )


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """What `lazaret calibrate` writes: its JSON and its page."""
    path = tmp_path_factory.mktemp("calibration") / "page.html"
    result = CliRunner().invoke(
        main, ["calibrate", "--patients", "1000", "--repeats", "2", "--json", "--html", str(path)]
    )
    assert result.exit_code == 0, result.output
    return result.stdout, path.read_text(encoding="utf-8")


@pytest.fixture
def report(written: tuple[str, str]) -> dict[str, Any]:
    """The JSON that the command printed."""
    document: dict[str, Any] = json.loads(written[0])
    return document


@pytest.fixture
def page(written: tuple[str, str]) -> str:
    """The page that the command wrote."""
    return written[1]


@pytest.fixture(scope="session")
def found() -> Sequence[Finding]:
    """Every target, from two repeats of a thousand people or a little more."""
    return list(findings(1_000, 2))


@pytest.fixture
def cohort() -> Cohort:
    """Twelve people by hand.

    Battle: 0 dies at once, 1 bleeds to death in the helicopter, 2 bleeds to death and 3, whose
    heart had stopped before, dies of a brain injury in facilities, 4 is back within 72 h, 5 is
    operated and evacuated, 6 is burnt, 7 has lost a leg and lives after an arrest.
    Others: 8 a sprain, 9 back pain, 10 anxiety, 11 dies of a gunshot.
    """
    flat = {name: np.array(values) for name, values in _flat().items()}
    return Cohort(SCENARIO, flat, _events(), _vitals(), _conditions(), _treatments())
