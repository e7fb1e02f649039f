"""What a job asks of a scheduler: memory, time and GPUs, from its model and its data.

Light: the Snakefile imports this. The constants are measured on the default run, with room;
docs/scaling.md says how, and how far a larger model was from what is asked for it here. Nothing
here takes part in a result, so another number reruns nothing.
"""

import importlib.util
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vitrine.attribution.registry import METHODS
from vitrine.code_digest import package_version
from vitrine.data.domains.registry import DOMAINS
from vitrine.data.sources.registry import SOURCES
from vitrine.files import read_json
from vitrine.models.pretrained.settings import PACKAGE
from vitrine.stages.stage import Cost
from vitrine.workflow.registry import STAGES

# Of the default run: multiplications per token of its largest model, megabytes of its largest data.
LARGEST_BLOCKS = 2 * 12 * 64**2
LARGEST_DATA_MB = 8
# Weights, gradients, two moments of AdamW, their average, the best ones, and a copy for the disk.
COPIES_IN_TRAINING = 7
# Floats per token and block that the backward pass needs: in units of the width, and of heads
# times tokens (scores, pattern and what dropout left of it).
WIDTHS_IN_TRAINING = 18
PATTERNS_IN_TRAINING = 3
# What a megabyte of a data file takes once it is read, tokenised and padded.
READ = 12
# Of a coalition: its mask while it is drawn, its key and value, and its row of a table.
BYTES_PER_COALITION = 400
MAPS_AT_ONCE = 64
# For what allocators keep beside what is asked of them.
ROOM = 1.3

GPUS = Path("/proc/driver/nvidia/gpus")


# What a pretrained model is taken for whose configuration is not on this machine: BERT, base.
BASE = {"layers": 12, "heads": 12, "width": 768, "vocabulary": 30_522}
# Its sizes, by the names that families of models give them.
_NAMES = {
    "layers": ("num_hidden_layers", "n_layers", "n_layer"),
    "heads": ("num_attention_heads", "n_heads", "n_head"),
    "width": ("hidden_size", "dim", "n_embd"),
    "vocabulary": ("vocab_size",),
}


def pretrained_scale(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The size of a pretrained model: of its ``config.json`` if that lies on this machine.

    Args:
        settings: an entry of ``pretrained`` in the configuration.
    """
    model = settings["model"]
    folders: list[Path] = [Path(model)]
    if model.startswith(PACKAGE):
        found = importlib.util.find_spec(model.removeprefix(PACKAGE).replace("-", "_"))
        folders = list(map(Path, (found and found.submodule_search_locations) or []))
    facts: dict[str, Any] = {}
    for folder in folders:
        for path in sorted(folder.rglob("config.json")) if folder.is_dir() else []:
            facts = facts or read_json(path)
    size = {
        key: next((facts[name] for name in names if name in facts), BASE[key])
        for key, names in _NAMES.items()
    }
    tuned = settings["tuned_layers"]
    return size | {"processes": 1, "learned": size["layers"] if tuned is None else tuned}


def blocks(scale: Mapping[str, Any]) -> int:
    """Weights in the blocks of a model, which is what a token is multiplied with."""
    return 12 * scale["layers"] * scale["width"] ** 2


def players_of(study: Mapping[str, Any]) -> int:
    """The most players of an instance."""
    source = SOURCES.get(study["source"])
    return source.players if source is not None and source.players else int(study["players"])


def vocabulary_of(study: Mapping[str, Any]) -> int:
    """The most words or films that a model of the study knows; fields and patches need few."""
    domain = study["data"]["domain"] if study["data"] else SOURCES[study["source"]].domain
    return int(study["vocabulary"]["size"]) if DOMAINS[domain].has_vocabulary else 0


def weights_mb(scale: Mapping[str, Any], study: Mapping[str, Any]) -> float:
    """Megabytes of a model's weights in single precision, its vocabulary included."""
    vocabulary = scale.get("vocabulary", vocabulary_of(study))
    return 4 * (blocks(scale) + vocabulary * scale["width"]) / 2**20


def batch_mb(scale: Mapping[str, Any], study: Mapping[str, Any]) -> float:
    """Megabytes of a training batch's activations, kept for the backward pass.

    A study of histories scores its vocabulary at every place.
    """
    tokens = 1 + players_of(study)
    per_token = scale.get("learned", scale["layers"]) * (
        WIDTHS_IN_TRAINING * scale["width"] + PATTERNS_IN_TRAINING * scale["heads"] * tokens
    )
    if study["split"]["kind"] == "leave_one_out":
        per_token += 3 * vocabulary_of(study)
    return 4 * study["training"]["batch_size"] * tokens * per_token / 2**20


def maps_mb(scale: Mapping[str, Any], study: Mapping[str, Any]) -> float:
    """Megabytes of the attention maps that are in memory together."""
    maps = scale["layers"] * scale["heads"] * (1 + players_of(study)) ** 2
    return 4 * 2 * MAPS_AT_ONCE * maps / 2**20


def coalitions_mb(explanation: Mapping[str, Any]) -> float:
    """Megabytes of the coalitions that a sampling method asks for, in two splits."""
    calls = max(
        explanation[method.name][method.budget.setting] * method.budget.calls
        for method in METHODS.values()
        if method.sampled and method.budget is not None
    )
    return 2 * explanation["instances"] * calls * BYTES_PER_COALITION / 2**20


def data_mb(study: Mapping[str, Any]) -> float:
    """Megabytes of a user's own data; 0 where they are not on this machine, or not yet."""
    data = study["data"]
    if not data:
        return 0.0
    path = _in_cache(data["hub"], data["revision"]) if data["hub"] else Path(data["file"])
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files) / 2**20


def _in_cache(name: str, revision: str | None) -> Path:
    """Where files of a dataset on the Hugging Face Hub are, if there are any."""
    # Only here, since few studies need it.
    from huggingface_hub import constants

    folder = Path(constants.HF_HUB_CACHE, "--".join(["datasets", *name.split("/")]))
    known = folder / "refs" / (revision or "main")
    return folder / "snapshots" / (known.read_text() if known.is_file() else revision or "main")


class Requests:
    """The resources of every job of a workflow.

    Each method gives the function that a rule states under ``resources``; Snakemake calls it with
    the job's wildcards and the number of the attempt.

    Args:
        config: the whole configuration.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._config = config
        self._scales: dict[str, Mapping[str, Any]] = config["architectures"] | {
            name: pretrained_scale(settings) for name, settings in config["pretrained"].items()
        }
        self._data: dict[str, float] = {}

    def of(self, stage: str) -> dict[str, Any]:
        """All resources of a stage, as a rule states them."""
        resources = {"mem_mb": self.memory(stage), "runtime": self.runtime(stage)}
        if STAGES[stage].cost.model:
            resources["gpu"] = self.gpu(stage)
        return resources

    def memory(self, stage: str) -> Any:
        """Megabytes; every further attempt asks for as many again."""

        def mem_mb(wildcards: Any, attempt: int) -> int:
            return attempt * math.ceil(self._memory(STAGES[stage].cost, wildcards))

        return mem_mb

    def runtime(self, stage: str) -> Any:
        """Minutes; every further attempt asks for as many again."""

        def runtime(wildcards: Any, attempt: int) -> int:
            return attempt * math.ceil(self._minutes(STAGES[stage].cost, wildcards))

        return runtime

    def gpu(self, stage: str) -> Any:
        """GPUs; none is stated as None, which schedulers are not told of at all.

        With ``device: auto`` a job gets a GPU where the machine that Snakemake runs on has one.
        """
        device = self._config["device"]
        wanted = STAGES[stage].cost.model and (
            device == "cuda" or (device == "auto" and gpus() > 0)
        )

        def gpu(wildcards: Any) -> int | None:
            return self.processes(stage, wildcards) if wanted else None

        return gpu

    def threads(self, stage: str) -> Any:
        """Processor cores: one for each process that trains a model."""

        def threads(wildcards: Any) -> int:
            return self.processes(stage, wildcards)

        return threads

    def processes(self, stage: str, wildcards: Any) -> int:
        """How many processes train one model together."""
        if not STAGES[stage].cost.processes:
            return 1
        return self._scale(wildcards)["processes"]

    def _memory(self, cost: Cost, wildcards: Any) -> float:
        study = self._study(wildcards)
        if study is None:
            return cost.mem_mb + self._member_mb(wildcards)
        megabytes = cost.mem_mb + READ * self._megabytes(wildcards.study)
        if cost.model:
            scale = self._scale(wildcards)
            weights = weights_mb(scale, study)
            if cost.trains:
                # Each process of a model that several train has all of it and a part of the batch.
                processes = scale["processes"]
                batch = batch_mb(scale, study)
                megabytes += processes * COPIES_IN_TRAINING * weights * ROOM + batch * ROOM
                megabytes += (processes - 1) * cost.mem_mb
            else:
                megabytes += (2 * weights + maps_mb(scale, study)) * ROOM
        return megabytes + cost.coalitions * coalitions_mb(self._config["explanation"]) * ROOM

    def _member_mb(self, wildcards: Any) -> float:
        """What the weights of a language model of a family take, while they are read."""
        family = wildcards.get("member") and self._config["families"][wildcards.family]
        model = family and family["models"][wildcards.member]["model"]
        if not model:
            return 0.0
        size = pretrained_scale({"model": model, "tuned_layers": 0})
        weights = blocks(size) + 2 * size["vocabulary"] * size["width"]
        return 2 * ROOM * 4 * weights / 2**20

    def _minutes(self, cost: Cost, wildcards: Any) -> float:
        study = self._study(wildcards)
        if study is None:
            return cost.minutes
        growth = max(1.0, self._megabytes(wildcards.study) / LARGEST_DATA_MB)
        if cost.model:
            growth *= max(1.0, blocks(self._scale(wildcards)) / LARGEST_BLOCKS)
        return cost.minutes * growth

    def _study(self, wildcards: Any) -> Mapping[str, Any] | None:
        name = wildcards.get("study")
        return self._config["definitions"][name] if name is not None else None

    def _scale(self, wildcards: Any) -> Mapping[str, Any]:
        """The model's size; where all are looked at, the largest."""
        name = wildcards.get("scale")
        if name is not None:
            return self._scales[name]
        own = self._config["definitions"][wildcards.study]["scales"]
        return max((self._scales[scale] for scale in own or self._config["scales"]), key=blocks)

    def _megabytes(self, study: str) -> float:
        if study not in self._data:
            self._data[study] = data_mb(self._config["definitions"][study])
        return self._data[study]


def gpus() -> int:
    """How many GPUs this process may use; none where this build of torch can use none."""
    if package_version("torch").endswith("+cpu"):
        return 0
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return len([name for name in visible.split(",") if name.strip() not in ("", "-1")])
    return len(list(GPUS.iterdir())) if GPUS.is_dir() else 0
