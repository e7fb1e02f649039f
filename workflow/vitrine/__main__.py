"""The commands beside Snakemake; each works on the workflow's folder in which it is called.

Every module of `vitrine.commands` is a command: its docstring is its help,
``add_arguments(parser)`` adds its arguments, and ``run(options)`` returns its exit status. Nothing
else lists the commands.
"""

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Sequence
from typing import Protocol, cast

from vitrine import commands


class Command(Protocol):
    """A module of `vitrine.commands`."""

    __doc__: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the arguments of the command."""

    def run(self, options: argparse.Namespace) -> int:
        """Do the work; returns the exit status."""


def command_modules() -> dict[str, str]:
    """The full name of each command's module, by the name of the command."""
    names = [module.name for module in pkgutil.iter_modules(commands.__path__)]
    return {name.replace("_", "-"): f"{commands.__name__}.{name}" for name in names}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the command line names; returns the exit status.

    Args:
        arguments: the command line; by default that of the process.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    modules = command_modules()
    # A command that is named is imported alone, since others import large packages.
    names = [word for word in words[:1] if word in modules] or list(modules)
    parser = argparse.ArgumentParser(prog="vitrine", description=(__doc__ or "").partition("\n")[0])
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for name in names:
        command = cast(Command, importlib.import_module(modules[name]))
        summary, _, rest = command.__doc__.partition("\n")
        subparser = subparsers.add_parser(
            name,
            help=summary.rstrip("."),
            description=f"{summary}\n{rest}".rstrip(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_arguments(subparser)
        subparser.set_defaults(run=command.run)
    options = parser.parse_args(words)
    return int(options.run(options))


if __name__ == "__main__":
    sys.exit(main())
