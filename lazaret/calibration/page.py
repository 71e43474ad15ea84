"""The calibration report as one HTML page that needs nothing else."""

from collections.abc import Iterable, Sequence
from html import escape
from math import isnan

from lazaret.calibration import plots
from lazaret.calibration.cohort import CALIBRATION_SEED, simulate_cohort
from lazaret.calibration.report import Finding
from shared.clinical.evidence import cited, evidence
from shared.clinical.parameters import bases
from shared.clinical.tables import calibration_omissions
from shared.records.engine_version import ENGINE_VERSION
from shared.scenarios import load_preset, reference_scenarios
from shared.simulation import simulate

STUDIED, REGISTRY, PLANNED = "oif-oef-us", "dodtr-registry", "brigade-conventional"
BAR_WIDTH_PX = 120
_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #1c2733; max-width: 1180px;
  margin: 2rem auto; padding: 0 1rem }
h1, h2 { font-weight: 600 } h2 { margin-top: 2.2rem }
table { border-collapse: collapse; width: 100%; font-size: 13px }
th, td { text-align: left; padding: 4px 8px; border-bottom: 1px solid #dfe5ea; vertical-align: top }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
tr.outside td.verdict b { color: #a33b3b } td.verdict { width: 30% }
figure { margin: 0 } figcaption { color: #52606d; font-size: 13px }
figure svg { max-width: 100%; height: auto }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(440px, 1fr)); gap: 1.6rem }
.share { font-size: 2rem; font-weight: 600 }
"""


def calibration_page(found: Sequence[Finding], patients: int, repeats: int) -> str:
    """HTML of the findings of so many repeats, with plots of two populations of `patients` and of
    one sector of a preset.
    """
    parts = (
        _summary(found, patients, repeats),
        _plots(found, patients),
        _targets(found),
        _omissions(),
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Calibration</title>'
        f"<style>{_STYLE}</style></head><body><h1>Calibration</h1>{''.join(parts)}</body></html>\n"
    )


def _summary(found: Sequence[Finding], patients: int, repeats: int) -> str:
    counts = bases()
    lines = [
        f"{_of(found, use)} of the targets for {act}"
        for use, act in (("fit", "fitting"), ("check", "checking"))
    ]
    return (
        f'<p class="share">{_of(found)} published figures are '
        f"met</p><p>{'; '.join(lines)}. Engine version {ENGINE_VERSION}, "
        f"{len(reference_scenarios())} study populations of {patients:,} simulated "
        f"casualties, {repeats} times each, "
        f"one set of {counts['total']} parameters: "
        f"{counts['assumption']} are assumptions, {counts['evidence_with_assumption']} "
        f"are so in part, {counts['evidence']} are published "
        f"figures; {counts['fitted']} were fitted. Intervals were fixed before the "
        "fitting; docs/calibration.md names what was corrected "
        "after it.</p>"
    )


def _plots(found: Sequence[Finding], patients: int) -> str:
    studied, registry = (
        simulate_cohort(reference_scenarios()[name], patients) for name in (STUDIED, REGISTRY)
    )
    scenario = load_preset(PLANNED)
    sector = simulate(scenario, CALIBRATION_SEED, 0, scenario.sector_patients)
    figures = (
        (
            plots.body_regions(studied, found),
            (
                f"Body regions of wounds, scenario {STUDIED}, "
                f"{len(studied.flat['category']):,} simulated casualties."
            ),
        ),
        (
            plots.severity(registry),
            (
                f"Injury Severity Score, scenario {REGISTRY}; published for survivors: 5 (2 "
                "to 10), I022."
            ),
        ),
        (
            plots.survival_by_triage(studied),
            f"Kaplan-Meier estimate by first triage category, scenario {STUDIED}.",
        ),
        (
            plots.survival_by_evacuation(studied),
            "The same from arrival on, by the time until it: T1 who lived to arrive.",
        ),
        (
            plots.facility_census(scenario, sector),
            (
                f"Facility census, one sector of {scenario.sector_patients:,} casualties of "
                f"the preset {PLANNED}."
            ),
        ),
        (plots.queue_lengths(scenario, sector), "Queue lengths of the same sector."),
    )
    drawn = (
        f"<figure>{svg}<figcaption>{escape(text)}</figcaption></figure>" for svg, text in figures
    )
    return f'<div class="plots">{"".join(drawn)}</div>'


def _targets(found: Sequence[Finding]) -> str:
    head = (
        "id",
        "scenario",
        "measure",
        "published",
        "interval",
        "simulated",
        "",
        "use",
        "source",
        "",
    )
    rows = (_target(each) for each in found)
    return f"<h2>Targets</h2><table>{_head(head)}{''.join(rows)}</table>"


def _target(finding: Finding) -> str:
    target = finding.target
    verdict = "inside" if finding.inside else f"<b>outside</b> {escape(finding.reason)}"
    numbers = (
        f"{target.value:.4g}",
        f"{target.low:.4g} to {target.high:.4g}",
        _with_error(finding),
    )
    return (
        "<tr "
        f'class="{"inside" if finding.inside else "outside"}"><td>{target.id}</td>'
        f"<td>{escape(target.scenario)}</td>"
        f'<td title="{escape(target.interval)}">{escape(target.measure.replace("_", " "))}</td>'
        + "".join(f'<td class="number">{number}</td>' for number in numbers)
        + f"<td>{_position(finding)}</td><td>{target.use}</td><td>{_sources(target.source)}</td>"
        f'<td class="verdict">{verdict}</td></tr>'
    )


def _with_error(finding: Finding) -> str:
    error = "" if isnan(finding.standard_error) else f" ± {finding.standard_error:.1g}"
    return f"{finding.simulated:.4g}{error}"


def _position(finding: Finding) -> str:
    # The interval is the middle third of the bar; a value far outside stands at its edge.
    target = finding.target
    share = (
        (finding.simulated - target.low) / (target.high - target.low)
        if finding.simulated == finding.simulated
        else -1.0
    )
    at = BAR_WIDTH_PX * min(max((share + 1) / 3, 0.0), 1.0)
    third = BAR_WIDTH_PX // 3
    return (
        f'<svg width="{BAR_WIDTH_PX}" height="14" role="img"><rect width="{BAR_WIDTH_PX}" '
        'height="14" fill="#eef2f5"/>'
        f'<rect x="{third}" width="{third}" height="14" fill="#b9d3c2"/>'
        f'<rect x="{min(at, BAR_WIDTH_PX - 3):.1f}" width="3" height="14" '
        f'fill="{"#1c6b3c" if finding.inside else "#a33b3b"}"/></svg>'
    )


def _sources(source: str) -> str:
    figures = (evidence()[identifier] for identifier in cited(source))
    marks = (
        "<span "
        f'title="{escape(f"{each.quantity}, {each.population}: {each.source}")}">{each.id}</span>'
        for each in figures
    )
    return " ".join(marks)


def _omissions() -> str:
    rows = (
        f"<tr><td>{row.evidence}</td><td>{escape(evidence()[row.evidence].quantity)}</td><td>{escape(row.reason)}</td></tr>"
        for row in calibration_omissions()
    )
    return (
        "<h2>Published figures that are no "
        f"targets</h2><table>{_head(('id', 'figure', 'why not'))}{''.join(rows)}</table>"
    )


def _head(names: Iterable[str]) -> str:
    return f"<tr>{''.join(f'<th>{name}</th>' for name in names)}</tr>"


def _of(found: Sequence[Finding], use: str | None = None) -> str:
    counted = [each.inside for each in found if use in (None, each.target.use)]
    return f"{sum(counted)} of {len(counted)}"
