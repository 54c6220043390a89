# The service in a container. Each step here is run by a test (tests/house/test_dockerfile.py).
FROM python:3.11-slim

# Nothing is compiled or kept that the service does not read; its output is not held back.
ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    TIMESCALES_HOST=0.0.0.0

RUN useradd --system --uid 10001 --no-create-home timescales

WORKDIR /app

# Before the code, so that a change of code does not install everything again.
COPY requirements.txt ./
RUN pip install --require-hashes -r requirements.txt

COPY pyproject.toml README.md ./
COPY rules ./rules
COPY service ./service
COPY alembic ./alembic
RUN pip install --no-deps --no-build-isolation --editable .

# The one place that is written to: the SQLite database, the outbox and the published reports.
RUN mkdir var && chown timescales var
VOLUME /app/var
USER timescales

EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD python -c "import os, urllib.request as u; u.urlopen('http://127.0.0.1:%s/healthz' % os.environ.get('TIMESCALES_PORT', '8000'), timeout=4)"
CMD ["timescales", "serve"]
