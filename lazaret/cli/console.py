"""`lazaret console`: the way into the browser."""

import click

from lazaret.cli.server import find_setting, server


@click.command()
@click.option("--open", "opens", is_flag=True, help="Open it in this machine's browser too.")
def console(opens: bool) -> None:
    """Print a link that signs you in to the console once, as the owner of LAZARET_API_KEY."""
    with server() as client:
        link = find_setting("LAZARET_URL").rstrip("/") + client.make_sign_in_link()
    click.echo(link)
    if opens:
        click.launch(link)
