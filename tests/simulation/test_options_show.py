import numpy as np
import pytest

from shared.records.columns import Array
from shared.records.vocabulary import Category, EventKind
from shared.scenarios import Scenario
from shared.simulation import simulate
from tests.simulation.stories import changed, column

SECTORS, PATIENTS = 4, 1000
DAY_S = 86_400
ONE_DAY = {"days": 1, "starts_at": "2027-05-10T00:00:00Z"}


def fighting(scenario: Scenario, *names: str) -> list[Array]:
    """Columns of the battle injuries."""
    category, *columns = column(scenario, ("category", *names), SECTORS, PATIENTS)
    return [values[category == Category.BATTLE_INJURY] for values in columns]


def intensity(name: str) -> Scenario:
    return changed("brigade-conventional", intensity=name)


def halves(tempo: str) -> float:
    """Casualties of the second half against those of the first."""
    (at_s,) = fighting(changed("brigade-conventional", tempo=tempo, days=10), "injured_at_s")
    return float((at_s >= 5 * DAY_S).sum() / (at_s < 5 * DAY_S).sum())


def first_legs_min(scenario: Scenario, pool: int) -> float:
    """Mean minutes between departure from a front and arrival, with one pool of vehicles."""
    minutes = []
    for sector in range(SECTORS):
        events = simulate(scenario, 11, sector, PATIENTS).patients.nested["events"].values
        left = np.flatnonzero(
            (events["kind"] == EventKind.DEPARTED)
            & (events["role"] == 0)
            & (events["vehicle"] == pool)
        )
        came = left[:, None] + np.arange(1, 12)
        came = np.minimum(came, len(events["kind"]) - 1)
        reached = (events["kind"][came] == EventKind.ARRIVED) & (events["vehicle"][came] == pool)
        first = came[np.arange(len(left)), reached.argmax(axis=1)][reached.any(axis=1)]
        minutes.append((events["at_s"][first] - events["at_s"][left[reached.any(axis=1)]]) / 60)
    return float(np.concatenate(minutes).mean())


def test_harder_fighting_wounds_more_gravely() -> None:
    """From low to extreme the share of wounds of ISS 16 and more rises at every step."""
    grave = [
        (fighting(intensity(name), "iss")[0] >= 16).mean()
        for name in ("low", "moderate", "high", "extreme")
    ]
    assert grave == sorted(grave)
    assert grave[-1] > 1.5 * grave[0]


def test_harder_fighting_wounds_more_at_once() -> None:
    """From low to extreme a larger share is hurt in events with many victims, in the shares of the
    tables.
    """
    together = [
        (fighting(intensity(name), "compound_event")[0] >= 0).mean()
        for name in ("low", "moderate", "high", "extreme")
    ]
    assert together == pytest.approx([0.1, 0.2, 0.35, 0.5], abs=0.02)


def test_victims_of_an_event_share_time_and_place() -> None:
    """Their places are one, their wounds fall within a quarter of an hour."""
    output = simulate(intensity("extreme"), 11, 0, PATIENTS).patients.flat
    for event in np.unique(output["compound_event"][output["compound_event"] >= 0]):
        victims = output["compound_event"] == event
        assert np.ptp(output["injured_at_s"][victims]) <= 900
        assert len(np.unique(output["latitude_udeg"][victims])) == 1


def test_tempo_shapes_the_days() -> None:
    """An escalation has most casualties late, a decline early, sustained fighting neither."""
    assert halves("escalating") > 1.4
    assert halves("declining") < 0.7
    assert 0.85 < halves("sustained") < 1.18


def test_a_surge_fills_its_days() -> None:
    """The fifth of the days that a surge lasts brings as many casualties a day as four others."""
    (at_s,) = fighting(changed("brigade-conventional", tempo="surge", days=10), "injured_at_s")
    surge = ((at_s >= 3 * DAY_S) & (at_s < 5 * DAY_S)).mean()
    assert surge == pytest.approx(8 / 16, abs=0.06)


def test_intermittent_fighting_pauses() -> None:
    """Thirds of a day with many and with few casualties alternate."""
    (at_s,) = fighting(
        changed("brigade-conventional", tempo="intermittent", days=10), "injured_at_s"
    )
    third = at_s // (DAY_S // 3) % 2
    assert (third == 0).sum() > 3 * (third == 1).sum()


def test_night_slows_fighting_but_not_disease() -> None:
    """An hour of the night has about half the battle injuries of an hour of the day, and as much
    disease.
    """
    at_s, category = column(
        changed("brigade-conventional", **ONE_DAY), ("injured_at_s", "category"), SECTORS, PATIENTS
    )
    day = (at_s >= 6 * 3600) & (at_s < 20 * 3600)
    for kind, low, high in ((Category.BATTLE_INJURY, 0.42, 0.7), (Category.DISEASE, 0.85, 1.18)):
        ratio = ((~day & (category == kind)).sum() / 10) / ((day & (category == kind)).sum() / 14)
        assert low < ratio < high


def test_fog_grounds_helicopters() -> None:
    """In weather that stops a pool none of its vehicles moves."""
    events = (
        simulate(changed("brigade-conventional", weather="fog"), 11, 0, PATIENTS)
        .patients.nested["events"]
        .values
    )
    assert 1 not in events["vehicle"]
    clear = (
        simulate(changed("brigade-conventional"), 11, 0, PATIENTS).patients.nested["events"].values
    )
    assert 1 in clear["vehicle"]


@pytest.mark.parametrize(
    ("option", "slowed"), [({"weather": "snow"}, 0.65), ({"terrain": "mountain"}, 0.55)]
)
def test_ground_and_weather_slow_ambulances(option: dict[str, str], slowed: float) -> None:
    """A journey by road takes longer in the proportion of the tables."""
    usual = first_legs_min(changed("brigade-conventional"), 0)
    assert usual / first_legs_min(changed("brigade-conventional", **option), 0) == pytest.approx(
        slowed, rel=0.05
    )
