# Weir and all that it needs, as locked. docker-compose.yml says what is run in it.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
RUN pip install --no-cache-dir uv==0.13.9
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
WORKDIR /weir
# first what changes seldom, so that a change of the code does not install everything again
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --no-install-project --no-cache
COPY README.md LICENSE ./
COPY models models
COPY stream stream
COPY api api
COPY replay replay
RUN uv sync --frozen --no-dev --no-editable --no-cache

FROM ${BASE}
# what belongs to this user before a volume is mounted on it belongs to them afterwards
RUN useradd --uid 10001 --no-create-home --home-dir /weir weir \
    && mkdir /artifacts \
    && chown weir /artifacts
COPY --from=build /weir/.venv /weir/.venv
ENV PATH=/weir/.venv/bin:$PATH
WORKDIR /weir
USER weir
