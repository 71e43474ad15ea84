"""The plots of the calibration page, each as one SVG element. The same input gives the same
bytes.
"""

from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lazaret.calibration.cohort import NEVER_S, Cohort
from lazaret.calibration.measures import MEASURES
from lazaret.calibration.report import Finding
from lazaret.calibration.survival import kaplan_meier
from shared.records.columns import Array
from shared.records.vocabulary import EventKind, ResourceKind, Triage
from shared.scenarios import Scenario
from shared.simulation import SectorOutput

SIZE_INCHES = (7.2, 4.2)
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "lazaret",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "legend.frameon": False,
}
REGIONS = ("head_neck_face", "chest", "abdomen", "extremities")
WAITED_FOR = (
    ResourceKind.TREATMENT_TEAM,
    ResourceKind.OPERATING_TABLE,
    ResourceKind.INTENSIVE_CARE_BED,
)
EVACUATION_BANDS_MIN = ((0, 60), (60, 120), (120, 1_000_000))
LINES_MAX = 8


def body_regions(cohort: Cohort, found: Sequence[Finding]) -> str:
    """Wounds by body region, simulated beside published with its interval."""
    targets = [
        next(each.target for each in found if each.target.measure == f"wounds_{region}_share")
        for region in REGIONS
    ]

    def draw(axes: Axes) -> None:
        at = np.arange(len(REGIONS))
        axes.bar(
            at - 0.2,
            [100 * MEASURES[target.measure](cohort) for target in targets],
            0.4,
            label="simulated",
            color="#27618f",
        )
        axes.bar(
            at + 0.2,
            [100 * target.value for target in targets],
            0.4,
            label="published (I012)",
            color="#b8c4ce",
        )
        axes.vlines(
            at + 0.2,
            [100 * target.low for target in targets],
            [100 * target.high for target in targets],
            color="#333333",
        )
        axes.set_xticks(at, [region.replace("_", ", ") for region in REGIONS])
        axes.set_ylabel("% of survivors' wounds")
        axes.legend()

    return _svg(draw)


def severity(cohort: Cohort) -> str:
    """ISS of the registry's survivors and of its dead."""

    def draw(axes: Axes) -> None:
        bins = np.array([0, 1, 4, 9, 16, 25, 36, 50, 76])
        for mask, label, colour in (
            (cohort.reached & ~cohort.dead, "survivors", "#27618f"),
            (cohort.dead, "dead", "#a33b3b"),
        ):
            counts, _ = np.histogram(cohort.flat["iss"][mask], bins)
            axes.step(
                range(len(counts)),
                100 * counts / counts.sum(),
                where="mid",
                label=f"{label}, {mask.sum():,}",
                color=colour,
            )
        axes.set_xticks(
            range(len(bins) - 1),
            [
                f"{low} to {high - 1}" if high - low > 1 else f"{low}"
                for low, high in pairwise(bins)
            ],
        )
        axes.set_xlabel("Injury Severity Score")
        axes.set_ylabel("% of the group")
        axes.legend()

    return _svg(draw)


def survival_by_triage(cohort: Cohort) -> str:
    """From the wound on, by the first triage of battle casualties; who died before any triage is
    left out.
    """
    lived_min = (cohort.flat["ended_at_s"] - cohort.flat["injured_at_s"]) / 60
    groups = {
        each.name: cohort.battle & (cohort.flat["triage_first"] == each)
        for each in Triage
        if each is not Triage.DEAD
    }
    return _svg(
        lambda axes: _draw_survival(axes, lived_min, cohort.dead, groups, "minutes after wounding")
    )


def survival_by_evacuation(cohort: Cohort) -> str:
    """From arrival at the first facility on, by the time until then, of battle casualties triaged
    T1.
    """
    arrived_s = cohort.first_event(EventKind.ARRIVED)
    waited_min = (arrived_s - cohort.flat["injured_at_s"]) / 60
    after_min = (cohort.flat["ended_at_s"] - arrived_s) / 60
    urgent = cohort.battle & (arrived_s < NEVER_S) & (cohort.flat["triage_first"] == Triage.T1)
    groups = {
        _band(low, high): urgent & (waited_min >= low) & (waited_min < high)
        for low, high in EVACUATION_BANDS_MIN
    }
    return _svg(
        lambda axes: _draw_survival(
            axes, after_min, cohort.dead, groups, "minutes after arrival at the first facility"
        )
    )


def facility_census(scenario: Scenario, output: SectorOutput) -> str:
    """Patients present at each facility over the days of one sector, of those with the most."""
    census = output.result.nested["census"].values
    present = {
        place.name: (
            census["at_s"][census["facility"] == position],
            census["present"][census["facility"] == position],
        )
        for position, place in enumerate(scenario.facilities)
    }
    return _svg(lambda axes: _draw_series(axes, present, "patients present"))


def queue_lengths(scenario: Scenario, output: SectorOutput) -> str:
    """People who wait for teams, tables and intensive care at each facility, of the longest
    queues.
    """
    resources, queues = (
        output.result.nested["resources"].values,
        output.result.nested["queues"].values,
    )
    waiting = {}
    for position, (kind, facility) in enumerate(
        zip(resources["kind"], resources["facility"], strict=True)
    ):
        if facility >= 0 and kind in WAITED_FOR:
            mine = queues["resource"] == position
            label = (
                f"{scenario.facilities[facility].name}: "
                f"{ResourceKind(kind).name.lower().replace('_', ' ')}"
            )
            waiting[label] = (queues["at_s"][mine], queues["waiting"][mine])
    return _svg(lambda axes: _draw_series(axes, waiting, "people waiting"))


def _draw_survival(
    axes: Axes, minutes: Array, died: Array, groups: Mapping[str, Array], label: str
) -> None:
    for name, mask in groups.items():
        if mask.any():
            curve = kaplan_meier(minutes[mask], died[mask])
            last = max(float(minutes[mask].max()), 1.0)
            axes.step(
                [*np.maximum(curve.at, 1), last],
                [*curve.share, curve.share[-1]],
                where="post",
                label=f"{name}, {curve.people:,}",
            )
    axes.set_xscale("log")
    axes.set_xlabel(label)
    axes.set_ylabel("share alive")
    axes.legend(loc="lower left")


def _draw_series(axes: Axes, series: Mapping[str, tuple[Array, Array]], label: str) -> None:
    longest = sorted(series, key=lambda name: -int(series[name][1].max(initial=0)))[:LINES_MAX]
    for name in longest:
        at_s, values = series[name]
        axes.plot(at_s / 86_400, values, label=name, linewidth=1.2, drawstyle="steps-post")
    axes.set_xlabel("days")
    axes.set_ylabel(label)
    axes.set_ylim(bottom=0)
    axes.legend(fontsize=8)


def _band(low: int, high: int) -> str:
    return f"{low} min and more" if high > 1_000 else f"{low} to {high} min"


def _svg(draw: Callable[[Axes], None]) -> str:
    with rc_context(STYLE):
        figure = Figure(figsize=SIZE_INCHES, layout="constrained")
        draw(figure.subplots())
        text = StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return text.getvalue()[text.getvalue().index("<svg") :]
