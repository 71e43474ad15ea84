from lazaret.calibration.report import findings
from shared.clinical.tables import calibration_misses

PATIENTS, REPEATS = 60_000, 4  # what `lazaret calibrate` takes by default


def test_every_missed_target_has_a_reason() -> None:
    """Whoever changes the model says why a figure is missed."""
    reasons = {miss.target: miss.reason for miss in calibration_misses()}
    missed = [each for each in findings(PATIENTS, REPEATS) if not each.inside]
    assert [
        (each.target.id, each.target.measure, each.simulated)
        for each in missed
        if len(reasons.get(each.target.id, "")) < 20
    ] == []
