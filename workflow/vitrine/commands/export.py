"""Write a trained model as a folder that transformers reads.

A causal transformer of this library becomes a GPT-2, a pretrained model what it was; other models
cannot be exported, and the command says why.
"""

import argparse
from importlib import import_module
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "model", type=Path, help="the model's folder, such as results/<study>/<scale>/seed<k>"
    )
    parser.add_argument("folder", type=Path, help="the folder to write")


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    return export_model(options.model, options.folder)


def export_model(model_folder: Path, folder: Path) -> int:
    """Write the model for transformers and print how to read it; returns the exit status.

    Args:
        model_folder: contains ``model.safetensors`` and ``architecture.json``.
        folder: the folder to write.
    """
    from vitrine.models.build import EXPORT, EXPORT_OWN
    from vitrine.models.storage import load_model
    from vitrine.models.transformer import Transformer

    model = load_model(model_folder / "model.safetensors", model_folder / "architecture.json")
    # By computed name, so that no stage depends on transformers through this import.
    module = import_module(EXPORT_OWN if isinstance(model, Transformer) else EXPORT)
    try:
        kind = module.export(model, folder)
    except ValueError as error:
        print(f"{model_folder} cannot be exported: {error}.")
        return 1
    print(f"{folder}: transformers.{kind}.from_pretrained reads it.")
    return 0
