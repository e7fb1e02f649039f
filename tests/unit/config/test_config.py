"""The configuration: what is accepted, what is refused, and what the user is told."""

import copy
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from vitrine.config import docs as config_docs
from vitrine.config.errors import ConfigError
from vitrine.config.load import check, check_syntax, load
from vitrine.config.root import Config
from vitrine.config.schema import rows

ROOT = Path(__file__).parents[3]
DEFAULT = ROOT / "config" / "config.yaml"
SHIPPED = ("config.yaml", "smoke.yaml", "full.yaml", "pretrained.yaml", "family.yaml")
BASE: dict[str, Any] = yaml.safe_load(DEFAULT.read_text(encoding="utf-8"))


def changed(path: str, value: Any) -> dict[str, Any]:
    """The default configuration with another value at ``a.b.c``."""
    config = copy.deepcopy(BASE)
    *outer, last = path.split(".")
    holder = config
    for key in outer:
        holder = holder.setdefault(key, {})
    holder[last] = value
    return config


def message(config: dict[str, Any], *files: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load(config, files)
    return str(caught.value)


def written(folder: Path, text: str, name: str = "my.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_configurations_are_valid(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Whether a package that ships a model is installed says nothing about the file.
    monkeypatch.setattr("vitrine.config.consistency.missing", lambda _: None)
    check([DEFAULT, ROOT / "config" / name])


def test_the_default_file_shows_the_defaults_of_the_models() -> None:
    stated = load(BASE, [DEFAULT])
    implied = load({"definitions": BASE["definitions"]}, [])
    assert stated == implied


def test_every_default_is_filled_in() -> None:
    study = {"source": "credit", "metric": "auc", "split": {"kind": "random"}}
    config = load({"studies": ["credit"], "definitions": {"credit": study}}, [])
    for row in rows(Config.model_json_schema()):
        if row.key.startswith(("definitions.<study>.data.", "pretrained.<scale>.", "families.")):
            # This study has no data of its own; no model is pretrained and there is no family.
            continue
        value: Any = config
        for key in row.key.replace("<study>", "credit").replace("<scale>", "nano").split("."):
            value = value[key]
        if row.default not in ("", "required") and not row.key.startswith("architectures"):
            assert row.key == "studies" or value == json.loads(row.default)


def test_the_result_is_plain_and_the_argument_untouched() -> None:
    config = copy.deepcopy(BASE)
    result = load(config, [])
    assert config == BASE
    assert json.loads(json.dumps(result)) == result
    assert load(result, []) == result


TEXT = {"domain": "text", "file": "data/x.csv"}
OWN = {"source": "file", "data": TEXT, "split": {"kind": "random"}, "metric": "auc"}


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (
            "explanatoin",
            {},
            "explanatoin is a mapping\n    Unknown key. Did you mean `explanation`?",
        ),
        ("epochs", 3, "Did you mean `definitions.<study>.training.epochs`?"),
        (
            "definitions.reviews.training.epoch",
            3,
            "epoch is 3\n    Unknown key. Did you mean `epochs`?",
        ),
        (
            "definitions.credit.split.size",
            3,
            "definitions.credit.split.size is 3\n    Unknown key.",
        ),
        (
            "definitions.reviews.training.epochs",
            "ten",
            'is "ten"\n    Allowed: integer, 1 to 100,000.',
        ),
        ("definitions.reviews.training.epochs", 2.5, "is 2.5\n    Allowed: integer"),
        ("definitions.reviews.training.epochs", True, "is true\n    Allowed: integer"),
        (
            "definitions.reviews.training",
            None,
            "is empty\n    Allowed: a mapping with the keys epochs,",
        ),
        ("definitions.credit.split.test", "30%", "definitions.credit.split.test is"),
        ("definitions.credit.split.test", float("nan"), "Allowed: number, above 0, at most 0.5."),
        (
            "definitions.reviews.training.dropout",
            1,
            "is 1\n    Allowed: number, at least 0, below 1.",
        ),
        (
            "definitions.movies.source",
            "movie",
            "Did you mean `movies`? Allowed: reviews, digits, movies",
        ),
        (
            "definitions.movies.metric",
            "auc",
            "Does not suit the source movies; allowed: hit_rate_10",
        ),
        ("definitions.movies.split.kind", "random", 'split.kind is "random"\n    Does not suit'),
        ("definitions.movies.split.kind", "leave-one", "Did you mean `leave_one_out`?"),
        (
            "definitions.movies.split",
            {},
            "a mapping whose `kind` is one of given, leave_one_out, random",
        ),
        ("definitions.mine", {}, "definitions.mine.source\n    Missing. Allowed: one of reviews"),
        ("definitions.digits.players", 15, "Every instance has 16 features"),
        (
            "definitions.train",
            BASE["definitions"]["credit"],
            "A stage, method or folder has this name",
        ),
        ("definitions.My study", BASE["definitions"]["credit"], "Not a name. Allowed: lower-case"),
        (
            "architectures.nano.heads",
            3,
            "Not divisible by the 3 heads; the nearest multiples are 15 and 18",
        ),
        (
            "studies",
            ["reviews", "movie"],
            'studies[1] is "movie"\n    `movie` is not in `definitions`.',
        ),
        ("definitions.mine", {"source": "file"}, "definitions.mine.data\n    Missing;"),
        ("definitions.mine", OWN | {"data": TEXT | {"domain": "texts"}}, "Did you mean `text`?"),
        ("definitions.mine", OWN | {"data": TEXT | {"colour": "red"}}, "Unknown key. Allowed: "),
        (
            "definitions.mine",
            OWN | {"data": TEXT | {"file": "../x.csv"}},
            "Outside the project",
        ),
        ("definitions.mine", OWN | {"data": TEXT | {"file": "/x.csv"}}, "Outside the project"),
        (
            "definitions.mine",
            OWN | {"data": TEXT | {"url": "http://example.org/x.csv"}},
            "mine.data.sha256\n    Missing; without it the downloaded file",
        ),
        (
            "definitions.mine",
            OWN | {"metric": "mrr"},
            "Does not suit the source file; allowed: auc",
        ),
        (
            "definitions.mine",
            OWN | {"split": {"kind": "given"}},
            'mine.split.kind is "given"\n    No column with the split; name it',
        ),
        ("definitions.reviews.data", TEXT, "The source reviews has its own data"),
        ("scales", ["nanno"], "Did you mean `nano`? Allowed: nano, micro, small."),
        (
            "studies",
            ["digits", "credit", "digits"],
            'studies[2] is "digits"\n    Occurs twice in the list.',
        ),
        ("seeds", [1, 1], "seeds[1] is 1\n    Occurs twice in the list."),
        ("seeds", [], "seeds is []\n    Allowed: list of integers, at least 1, no duplicates"),
        ("seeds", [-1], "seeds[0] is -1\n    Allowed: integer, at least 0."),
        ("seeds", 0, "seeds is 0\n    Allowed: list of integers"),
        ("explanation.methods", ["lime", "SHAP"], 'methods[1] is "SHAP"\n    Did you mean `shap`?'),
        (
            "explanation.shap.evaluations",
            193,
            "evaluations is 193\n    `reviews` has up to 192 features: set 194 or more.",
        ),
        ("explanation.target", False, "put the text in quotes"),
        ("explanation.target", 7, 'Put it in quotes: "7".'),
        (
            "validation.fractions",
            [0.1, 1.5],
            "fractions[1] is 1.5\n    Allowed: number, above 0, at most 1.",
        ),
    ],
)
def test_what_is_wrong_is_said_in_words(path: str, value: Any, expected: str) -> None:
    assert expected in message(changed(path, value))


def test_a_missing_file_of_a_study_is_told_before_any_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    config = changed("definitions.mine", OWN) | {"studies": ["mine"]}
    assert "There is no such file or folder. The folder data is empty" in message(config)
    Path("data").mkdir()
    Path("data/xx.csv").touch()
    assert "Did you mean `xx.csv`? In data there are: xx.csv." in message(config)
    Path("data/x.csv").touch()
    assert load(config, [])["definitions"]["mine"]["data"]["file"] == "data/x.csv"


def test_text_that_looks_like_a_number_is_explained(tmp_path: Path) -> None:
    path = "definitions.reviews.training.learning_rate"
    file = written(tmp_path, "definitions: {reviews: {training: {learning_rate: 1e-3}}}")
    text = message(changed(path, "1e-3"), file)
    assert "YAML reads this as text; write 0.001 without quotes." in text


def test_all_errors_are_listed_at_once_with_their_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written(
        tmp_path,
        "studies:\n"
        "  - reviews\n"
        "  - film\n"
        "definitions:\n"
        "  reviews:\n"
        "    trainig: {epochs: 3}\n"
        "    training:\n"
        "      epochs: -1\n"
        "      dropout: 2\n"
        "      dropout: 3\n"
        "explanation:\n"
        "  methods: [shap, shap]\n",
    )
    with pytest.raises(ConfigError) as caught:
        check([DEFAULT, "my.yaml"])
    text = str(caught.value)
    assert text.startswith("The configuration has 6 errors:\n")
    heads = [line for line in text.splitlines()[1:] if not line.startswith(" ")]
    assert heads == [
        'my.yaml:3: studies[1] is "film"',
        "my.yaml:6: definitions.reviews.trainig is a mapping",
        "my.yaml:8: definitions.reviews.training.epochs is -1",
        "my.yaml:10: definitions.reviews.training.dropout",
        "my.yaml:10: definitions.reviews.training.dropout is 3",
        'my.yaml:12: explanation.methods[1] is "shap"',
    ]
    assert "Line 9 has this key already" in text


def test_a_value_is_found_in_the_file_that_it_comes_from(tmp_path: Path) -> None:
    first = written(tmp_path, "# one\nseeds: [-1]\n", "first.yaml")
    second = written(tmp_path, "seeds: [-2]\n", "second.yaml")
    for files in ([first, second], [second, first]):
        assert f"{second}:1: seeds[0] is -2" in message(changed("seeds", [-2]), *files)
        assert "command line: seeds[0] is -3" in message(changed("seeds", [-3]), *files)


def test_merge_keys_and_anchors_have_lines(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        check(
            [
                DEFAULT,
                written(
                    tmp_path,
                    "definitions:\n"
                    "  reviews:\n"
                    "    training: &shared\n"
                    "      dropout: 7\n"
                    "  credit:\n"
                    "    training:\n"
                    "      <<: *shared\n",
                ),
            ]
        )
    text = str(caught.value)
    assert "my.yaml:4: definitions.reviews.training.dropout is 7" in text
    assert "my.yaml:4: definitions.credit.training.dropout is 7" in text


def test_numbers_within_command_line_values_are_text_and_are_converted() -> None:
    config = changed("seeds", ["3", "4"])
    config["definitions"]["credit"]["split"]["test"] = "0.25"
    config["explanation"]["target"] = "5"
    result = load(config, [DEFAULT])
    assert result["seeds"] == [3, 4]
    assert result["definitions"]["credit"]["split"]["test"] == 0.25
    assert result["explanation"]["target"] == "5"


def test_quoted_numbers_in_a_file_are_refused(tmp_path: Path) -> None:
    file = written(tmp_path, 'seeds: ["3"]\n')
    assert 'my.yaml:1: seeds[0] is "3"' in message(changed("seeds", ["3"]), file)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("seeds: [1, 2\nscales: x\n", "my.yaml:2:7: not valid YAML"),
        ("seeds:\n\t- 1\n", "my.yaml:2:1: not valid YAML"),
        ("seeds:\n\t- 1\n", "YAML is indented with spaces only"),
        ("a: b: c\n", "my.yaml:1:5: not valid YAML"),
        ("seeds: *unknown\n", "my.yaml:1:8: not valid YAML"),
        ("", "is empty"),
        ("# nothing\n", "is empty"),
        ("- a\n- b\n", "has no keys"),
        ("seeds\n", "has no keys"),
    ],
)
def test_bad_yaml_is_told_with_its_place(tmp_path: Path, text: str, expected: str) -> None:
    file = written(tmp_path, text)
    for refuse in (lambda: check_syntax(file), lambda: load(BASE, [file]), lambda: check([file])):
        with pytest.raises(ConfigError) as caught:
            refuse()
        assert expected in str(caught.value)


def test_all_unreadable_files_are_told_at_once(tmp_path: Path) -> None:
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("target: gr\u00fc\u00df".encode("latin-1"))
    with pytest.raises(ConfigError) as caught:
        check([tmp_path / "none.yaml", tmp_path, latin, written(tmp_path, "")])
    text = str(caught.value)
    assert "none.yaml: there is no such file." in text
    assert f"{tmp_path} cannot be read" in text
    assert "latin.yaml cannot be read" in text
    assert "my.yaml is empty" in text


def test_syntax_of_a_missing_file_is_not_checked(tmp_path: Path) -> None:
    check_syntax(tmp_path / "none.yaml")


KEYS = [
    row.key.replace("<study>", "credit").replace("<scale>", "nano")
    for row in rows(Config.model_json_schema())
    if not row.key.endswith(("kind", "source"))
]
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5) | st.integers() | st.booleans(), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.lists(st.tuples(st.sampled_from(KEYS), JUNK), min_size=1, max_size=3))
def test_any_junk_is_refused_in_words_or_is_valid(changes: list[tuple[str, Any]]) -> None:
    config = copy.deepcopy(BASE)
    for path, value in changes:
        *outer, last = path.split(".")
        holder = config
        for key in outer:
            holder = holder.get(key) if isinstance(holder.get(key), dict) else {}
        holder[last] = value
    try:
        result = load(config, [DEFAULT])
    except ConfigError as error:
        refusal = str(error)
    else:
        refusal = ""
        assert load(result, []) == result
    assert not refusal or refusal.startswith("The configuration has ")


@given(st.text(max_size=12))
def test_any_name_of_a_study_is_safe_as_a_folder_or_refused(name: str) -> None:
    config = copy.deepcopy(BASE)
    config["definitions"] = {name: BASE["definitions"]["credit"]}
    config["studies"] = [name]
    try:
        load(config, [])
    except ConfigError:
        return
    assert name.isascii()
    assert name.replace("-", "").replace("_", "").isalnum()
    assert name == name.lower()


def snakemake(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "config").mkdir(exist_ok=True)
    default = folder / "config" / "config.yaml"
    if not default.exists():
        default.write_text(DEFAULT.read_text(encoding="utf-8"), encoding="utf-8")
    written(
        folder,
        "from vitrine.config.load import check_syntax, load\n"
        'check_syntax("config/config.yaml")\n'
        'configfile: "config/config.yaml"\n'
        "config = load(config, workflow.configfiles)\n"
        "rule all:\n"
        "    params: seeds=lookup(dpath='seeds', within=config)\n"
        "    shell: 'echo seeds {params.seeds}'\n",
        "Snakefile",
    )
    return subprocess.run(
        [sys.executable, "-m", "snakemake", "--dry-run", "--printshellcmds", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "workflow")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_snakemake_merges_and_checks(tmp_path: Path) -> None:
    written(tmp_path, "studies: [credit]\n")
    run = snakemake(tmp_path, "--configfile", "my.yaml", "--config", "seeds=[5,6]")
    assert run.returncode == 0, run.stderr
    assert "echo seeds 5 6" in run.stdout + run.stderr


def test_snakemake_shows_the_errors_and_no_traceback(tmp_path: Path) -> None:
    written(tmp_path, "seeds: [0]\nsed: 1\nscales: [nan0]\n")
    run = snakemake(tmp_path, "--configfile", "my.yaml", "--config", "studies=[credits]")
    shown = run.stdout + run.stderr
    assert run.returncode == 1
    assert "The configuration has 3 errors:" in shown
    assert "my.yaml:2: sed is 1" in shown
    assert 'my.yaml:3: scales[0] is "nan0"' in shown
    assert 'command line: studies[0] is "credits"' in shown
    assert "Traceback" not in shown
    assert 'File "' not in shown


def test_snakemake_names_the_line_of_bad_yaml_in_the_default_file(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    written(tmp_path / "config", "seeds: [0\nscales: [nano]\n", "config.yaml")
    run = snakemake(tmp_path)
    assert run.returncode == 1
    assert "config/config.yaml:2:7: not valid YAML" in run.stderr


def test_the_command_checks_files(tmp_path: Path) -> None:
    def command(*files: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "vitrine.config", *map(str, files)],
            env={**os.environ, "PYTHONPATH": str(ROOT / "workflow")},
            capture_output=True,
            text=True,
            check=False,
        )

    assert command(DEFAULT).stdout == "The configuration is valid.\n"
    refused = command(DEFAULT, written(tmp_path, "sed: 1\n"))
    assert refused.returncode == 1
    assert "Did you mean `seeds`?" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_loading_imports_nothing_heavy() -> None:
    code = "import sys, vitrine.config.load, vitrine.code_digest; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT / "workflow")},
        capture_output=True,
        text=True,
        check=True,
    )
    heavy = {"numpy", "pandas", "torch", "sklearn", "mlflow", "snakemake", "jsonschema"}
    assert heavy.isdisjoint(run.stdout.split())


@pytest.mark.parametrize("path", config_docs.generated(), ids=lambda path: path.name)
def test_generated_files_are_current(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == config_docs.generated()[path], (
        "run `python -m vitrine.config.docs`"
    )


@pytest.mark.parametrize("name", SHIPPED)
def test_editors_accept_the_shipped_files(name: str) -> None:
    schema = json.loads((ROOT / "config" / "schema.json").read_text(encoding="utf-8"))
    text = (ROOT / "config" / name).read_text(encoding="utf-8")
    assert "# yaml-language-server: $schema=schema.json" in text
    jsonschema.validate(yaml.safe_load(text), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"definitions": {"reviews": {"training": {"epoch": 1}}}}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"definitions": {"reviews": {"split": {"validation": 2}}}}, schema)


def test_a_background_is_for_tables_alone() -> None:
    config = changed("explanation.removal", "background")
    told = message(config)
    assert "explanation.removal" in told
    assert "these are of other domains: reviews, digits, movies" in told
    config["studies"] = ["credit"]
    assert load(config, [])["explanation"]["background"] == 32
    config["definitions"]["credit"]["source"] = "no such"
    assert "explanation.removal" not in message(config)


@pytest.mark.parametrize(
    ("key", "value", "advice"),
    [
        ("value", "odds", "log_odds"),
        ("removal", "masked", "mask"),
        ("lime.selection", "forwards", "forward"),
        ("lime.tolerance", 0.6, "below 0.5"),
        ("lime.samples", 4, "at least 16"),
        ("integrated_gradients.steps", 1, "2 to 1,000"),
    ],
)
def test_wrong_options_of_explanations_are_told(key: str, value: Any, advice: str) -> None:
    told = message(changed(f"explanation.{key}", value))
    assert f"explanation.{key}" in told
    assert advice in told


BERT = {"model": "someone/bert"}


def test_a_study_may_have_its_own_models_and_seeds() -> None:
    config = changed("pretrained.bert", BERT)
    config["definitions"]["reviews"] |= {"scales": ["bert", "nano"], "seeds": [7]}
    study = load(config, [])["definitions"]["reviews"]
    assert (study["scales"], study["seeds"]) == (["bert", "nano"], [7])
    config["definitions"]["reviews"]["scales"] = ["brt"]
    assert 'definitions.reviews.scales[0] is "brt"' in message(config)
    assert "Did you mean `bert`?" in message(config)


def test_pretrained_models_are_for_texts_and_images() -> None:
    config = changed("pretrained.bert", BERT) | {"scales": ["bert"]}
    text = message(config)
    assert text.count('scales[0] is "bert"') == 2
    assert "support the domains text, image, and the domain of `movies` is sequence" in text
    assert "the domain of `credit` is table" in text
    load(config | {"studies": ["reviews", "digits"]}, [])


def test_two_models_of_one_name_are_refused() -> None:
    assert "`architectures` has this name too" in message(changed("pretrained.nano", BERT))


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("package:no-such-models", "The Python package no-such-models is not installed"),
        ("/no/such/folder", "There is no such folder"),
        ("./folder", "There is no such folder"),
    ],
)
def test_a_pretrained_model_that_is_not_there_is_missed_before_any_job(
    model: str, expected: str
) -> None:
    config = changed("pretrained.bert", {"model": model})
    load(config, [])
    config |= {"studies": ["reviews"], "scales": ["bert"]}
    assert f'pretrained.bert.model is "{model}"\n    {expected}' in message(config)
