"""The command ``api key``: makes a key, and the entry by which the API knows it."""

import re
import sys

import click

from stream.api_keys import SCOPES, Scope, entry, new_key

#: What a header can carry. A fast digest keeps a key only if it is long and random.
_KEY = re.compile(r"[\x21-\x7e]{32,200}")


@click.command("key")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(SCOPES),
    multiple=True,
    required=True,
    help="What the key is for; may come several times. admin includes the others.",
)
@click.option("--until", metavar="DATE", default="", help="Its last day, as 2027-01-31; UTC.")
@click.option(
    "--stdin", "is_given", is_flag=True, help="Take a key from standard input, and make none."
)
def key_command(name: str, scopes: tuple[Scope, ...], until: str, *, is_given: bool) -> None:
    """Make an API key for NAME: who has it, or what for.

    Prints two lines: the key, to be handed to NAME and kept nowhere else, and its entry for
    WEIR_API_KEYS, from which nobody can find the key. With --stdin, the entry alone.

    \b
      api key dashboard --scope read
      api key on-call --scope admin --until 2027-01-31
      api key crm --scope read --scope predict --stdin < key-from-the-vault
    """  # noqa: D301 - click looks for the character itself
    key = sys.stdin.readline().strip() if is_given else new_key()
    if not _KEY.fullmatch(key):
        raise click.ClickException(
            "a key is 32 to 200 visible ASCII characters, and random; leave --stdin out to have "
            "one made"
        )
    try:
        made = entry(key, name, scopes, until)
    except ValueError as error:
        reason = str(error).partition(";")[0].replace("entry 1", "it")
        raise click.ClickException(f"no entry can be made: {reason}") from error
    if not is_given:
        click.echo(key)
    click.echo(made)
    if not is_given:
        click.echo(
            "The first line is the key; it is shown only now. The second is for WEIR_API_KEYS.",
            err=True,
        )
