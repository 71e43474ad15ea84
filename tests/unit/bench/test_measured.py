from lazaret.bench.pipeline import Measured


def test_a_figure_is_the_median_of_its_rounds() -> None:
    """One odd round does not decide; a figure of several parts has a median for each."""
    measured = Measured({})
    for value in (3.0, 100.0, 4.0):
        measured.add_round("end_to_end_share", value)
        measured.add_round("processor_us_per_patient.writer", value + 1)
        measured.add_round("processor_us_per_patient.postgres", value + 2)
    assert measured.figures == {
        "end_to_end_share": 4.0,
        "processor_us_per_patient": {"writer": 5.0, "postgres": 6.0},
    }
    assert measured.rounds["processor_us_per_patient.writer"] == [4.0, 101.0, 5.0]
