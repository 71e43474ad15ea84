"""`lazaret reference`: what the project's developers rebuild after changing the clinical tables."""

from pathlib import Path

import click

from lazaret.cli.http_reference import http_page
from lazaret.cli.scenario_reference import scenario_page
from lazaret.cli.sources import sources_page
from shared.clinical.read import DATA


@click.group()
def reference() -> None:
    """Rebuild reference data and its documentation, in a checkout of the project."""


@reference.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=DATA / "names.csv", help="The table to extend.")
def names(out: Path) -> None:
    """Extend the table of personal names from Faker's lists."""
    from lazaret.cli.names import extend_names  # noqa: PLC0415 -- Faker is no runtime dependency

    click.echo(f"{extend_names(out)} names added to {out}")


@reference.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=Path("docs/clinical-sources.md"), show_default=True)
def sources(out: Path) -> None:
    """Write the page that says where every clinical number comes from."""
    out.write_text(sources_page(), encoding="utf-8")
    click.echo(str(out))


@reference.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=Path("docs/scenarios.md"), show_default=True)
def scenario(out: Path) -> None:
    """Write the page that explains every field of a scenario."""
    out.write_text(scenario_page(), encoding="utf-8")
    click.echo(str(out))


@reference.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=Path("docs/http.md"), show_default=True)
def http(out: Path) -> None:
    """Write the page that lists the operations of the HTTP interface."""
    out.write_text(http_page(), encoding="utf-8")
    click.echo(str(out))
