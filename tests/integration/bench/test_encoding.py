import pytest

from lazaret.bench import encoding
from lazaret.bench.encoding import MEASURED, UNITS, encode_all, measure_encoding
from lazaret.bench.report import TARGETS, flattened
from shared.encoders.formats import FORMATS

PRESET = "teaching-20"


def test_every_format_is_measured_in_a_process_of_its_own() -> None:
    """Patients, bytes and units are counted for each, and every figure has a line in the report."""
    figures = measure_encoding(PRESET, seed=7, patients=20)
    assert (
        figures["encode_patients_per_s"].keys()
        == figures["encoded_bytes_per_patient"].keys()
        == set(MEASURED)
    )  # type: ignore[union-attr]
    assert all(value > 0 for value in flattened(figures).values())
    assert figures.keys() <= {name.partition(".")[0] for name in TARGETS}


def test_what_is_counted_is_what_is_in_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages and resources are counted in the very bytes that users get."""
    monkeypatch.setattr(encoding, "MEASURED", {name: MEASURED[name] for name in UNITS})
    made = encode_all(PRESET, 7, 20)
    assert {name: each.patients for name, each in made.items()} == dict.fromkeys(
        UNITS, made["hl7v2"].patients
    )
    assert made["fhir-ndjson"].units > len(FORMATS["fhir-ndjson"].tables)
    assert made["hl7v2"].units > made["hl7v2"].patients
