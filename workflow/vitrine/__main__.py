"""The commands beside Snakemake: track, which, reproduce, crate, export and new-study.

Each works on the folder that it is called in, which must be the workflow's.
"""

import argparse
import sys
from pathlib import Path


def _track(_: argparse.Namespace) -> int:
    from vitrine.commands.track import track

    return track()


def _which(options: argparse.Namespace) -> int:
    from vitrine.commands.which import which

    return which(options.file)


def _reproduce(options: argparse.Namespace) -> int:
    from vitrine.commands.reproduce import reproduce

    return reproduce(options.file)


def _crate(options: argparse.Namespace) -> int:
    from vitrine.commands.crate import crate

    return crate(options.folder)


def _export(options: argparse.Namespace) -> int:
    # Not by name: it needs transformers, which nothing else here waits for.
    from importlib import import_module

    from vitrine.models.build import EXPORT, EXPORT_OWN
    from vitrine.models.storage import load_model
    from vitrine.models.transformer import Transformer

    model = load_model(options.model / "model.safetensors", options.model / "architecture.json")
    module = import_module(EXPORT_OWN if isinstance(model, Transformer) else EXPORT)
    try:
        kind = module.export(model, options.folder)
    except ValueError as error:
        print(f"{options.model} cannot be exported: {error}.")
        return 1
    print(f"{options.folder}: transformers.{kind}.from_pretrained reads it.")
    return 0


def _new_study(options: argparse.Namespace) -> int:
    from vitrine.commands.new_study import new_study

    return new_study(options.name, options.data)


def main() -> int:
    """Run the command that the command line names; returns the exit status."""
    parser = argparse.ArgumentParser(prog="vitrine", description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    track = commands.add_parser("track", help="send to MLflow what it lacks of the run records")
    track.set_defaults(run=_track)
    which = commands.add_parser("which", help="show the run behind a file")
    which.add_argument("file", type=Path)
    which.set_defaults(run=_which)
    reproduce = commands.add_parser("reproduce", help="make a file again elsewhere and compare")
    reproduce.add_argument("file", type=Path)
    reproduce.set_defaults(run=_reproduce)
    packed = commands.add_parser("crate", help="pack the report and its provenance as an RO-Crate")
    packed.add_argument("folder", type=Path, help="the folder to write")
    packed.set_defaults(run=_crate)
    export = commands.add_parser("export", help="write a model for transformers, where it can be")
    export.add_argument("model", type=Path, help="its folder, results/<study>/<scale>/seed<k>")
    export.add_argument("folder", type=Path, help="the folder to write")
    export.set_defaults(run=_export)
    new = commands.add_parser("new-study", help="look at your own data and propose a study")
    new.add_argument("name", help="what the study is to be called")
    new.add_argument(
        "data",
        type=Path,
        help="a file, a folder with a folder of images per class, or hub:owner/name, a dataset on "
        "the Hugging Face Hub, with :subset behind it if it has several",
    )
    new.set_defaults(run=_new_study)
    options = parser.parse_args()
    return options.run(options)


if __name__ == "__main__":
    sys.exit(main())
