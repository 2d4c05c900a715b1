"""How the web server runs, by itself and under `manage.py run`."""

import gc
import os

_host = os.environ.get("HOST", "127.0.0.1")
_port = os.environ.get("PORT", "8000")

wsgi_app = "mamcrawler.wsgi"
bind = f"[{_host}]:{_port}" if ":" in _host else f"{_host}:{_port}"
worker_class = "mamcrawler.lib.web_worker.WebWorker"
workers = 2
threads = 8  # for what takes long: see the worker
preload_app = True  # loaded once, then shared by the workers
keepalive = 0  # a connection that stays open holds on to its worker, also while the other one has nothing to do
limit_request_line = 8190  # a search of 500 signs, each written as twelve in an address
timeout = 60
graceful_timeout = 3  # a worker looks up once a second; pages are quick; within the time that the runner gives us
loglevel = "warning"  # requests are logged by the application
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108 - the heartbeat needs no disk
control_socket_disable = True


def when_ready(_server: object) -> None:
    """Leave what was loaded out of every later collection: looking through it takes longer than a page."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)  # a page of fifty rows makes some ten thousand objects, and needs one look
