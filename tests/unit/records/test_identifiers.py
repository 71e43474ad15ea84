"""Numbers that readers match people by."""

from itertools import pairwise
from uuid import UUID, uuid4

import orjson

from lazaret.offline.job import OfflineJob
from shared.encoders.interface.context import EncodingContext
from shared.encoders.json import ndjson
from shared.records.identifiers import DIGITS, first_number, ordinal_of
from shared.scenarios import list_presets, load_preset
from tests.unit.encoders.sample import sample

MILLION = 1_000_000


def test_numbers_have_the_form_that_is_promised() -> None:
    """Fifteen digits from 90 on, for the last patient of the largest job, too."""
    for number in (first_number(UUID(int=each)) for each in range(1_000)):
        assert len(str(number)) == len(str(number + 10**8 - 1)) == DIGITS
        assert str(number).startswith("90")


def test_a_number_leads_to_its_patient() -> None:
    """In its job, and in no other."""
    job, other = uuid4(), uuid4()
    assert ordinal_of(first_number(job) + 7, job, 8) == 7
    assert ordinal_of(first_number(job) + 8, job, 8) is None
    assert ordinal_of(first_number(job) - 1, job, 8) is None
    assert ordinal_of(first_number(job), other, MILLION) is None


def test_presets_at_one_seed_share_no_number() -> None:
    """Nor do jobs of other sizes: the blocks of a million patients each lie apart."""
    jobs = [
        OfflineJob(load_preset(preset.name), 0, count).id
        for preset in list_presets()
        for count in (24, 1_000)
    ]
    firsts = sorted(map(first_number, jobs))
    assert all(after - before > MILLION for before, after in pairwise(firsts))


def test_every_patient_of_a_job_has_an_own_number() -> None:
    """As the documents show them."""
    batch, context = sample("joint-operation")
    other = EncodingContext(context.scenario, uuid4(), context.written_at)
    numbers = [
        orjson.loads(line)["service_number"]
        for each in (context, other)
        for line in ndjson.encode(batch, each).splitlines()
    ]
    assert len(set(numbers)) == len(numbers) == 2 * batch.num_rows
