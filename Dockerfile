# One image for web and worker; without credentials it runs the whole application on the sandbox.

FROM python:3.11-slim-bookworm AS environment
RUN python -m venv /opt/venv
COPY requirements.txt /tmp/requirements.txt
RUN /opt/venv/bin/pip install --no-cache-dir --require-hashes --requirement /tmp/requirements.txt

FROM python:3.11-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data \
    HOST=0.0.0.0 \
    PORT=8000
RUN useradd --uid 1000 --create-home mamcrawler \
    && install --directory --owner=mamcrawler --group=mamcrawler /data
COPY --from=environment /opt/venv /opt/venv
COPY --chown=root:root . /app
WORKDIR /app
USER mamcrawler
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["python", "deploy/healthcheck.py"]
STOPSIGNAL SIGINT
CMD ["python", "manage.py", "run"]
