"""JSON as one array."""

import orjson
import pytest

from shared.encoders.json import ndjson
from shared.encoders.json.array import JsonArray
from tests.unit.encoders.sample import PATIENTS, sample


@pytest.mark.parametrize("step", [1, 7, PATIENTS])
def test_the_array_holds_the_documents_of_ndjson(step: int) -> None:
    """However it is put together, the array is the lines' documents in order."""
    batch, context = sample("joint-operation")
    array = JsonArray()
    pieces = [
        array.add(ndjson.encode(batch.slice(start, step), context))
        for start in range(0, PATIENTS, step)
    ]
    lines = ndjson.encode(batch, context).splitlines()
    assert orjson.loads(b"".join([*pieces, array.end()])) == [orjson.loads(line) for line in lines]


def test_nobody_is_an_empty_array() -> None:
    """An export without patients is still JSON."""
    array = JsonArray()
    assert orjson.loads(array.add(b"") + array.end()) == []
