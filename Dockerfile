# syntax=docker/dockerfile:1
# Vitrine with everything that it needs to run offline. For processors:
#   docker build -t vitrine .
# For NVIDIA cards, with PyPI's build of torch, which brings CUDA along:
#   docker build -t vitrine:cuda --build-arg TORCH_INDEX=https://pypi.org/simple .
# docs/clusters.md tells how to run it, and how Apptainer does.
ARG BASE=python:3.11.13-slim-bookworm
FROM ${BASE}

ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

# torch first and alone: the other requirements must find it instead of choosing another build.
COPY constraints.txt requirements.txt /opt/vitrine/
RUN pip install --index-url "${TORCH_INDEX}" --extra-index-url https://pypi.org/simple \
      -c /opt/vitrine/constraints.txt torch \
    && pip install -r /opt/vitrine/requirements.txt

COPY pyproject.toml README.md LICENSE Snakefile /opt/vitrine/
COPY config /opt/vitrine/config
COPY profiles /opt/vitrine/profiles
COPY workflow /opt/vitrine/workflow
RUN pip install --no-deps -e /opt/vitrine

# Results belong to the folder that is mounted here, and whoever runs the container owns them.
RUN useradd --uid 1000 --create-home vitrine && install -d -o vitrine -g vitrine /work
USER 1000
ENV HOME=/tmp
WORKDIR /work

ENTRYPOINT ["snakemake", "--snakefile", "/opt/vitrine/Snakefile"]
CMD ["--cores", "all"]
