"""The process that answers pages: it takes a request only while it is free, so that the other process gets the rest."""

import errno
import selectors
import time
from concurrent.futures import Future
from functools import partial
from socket import socket
from typing import Any

from gunicorn.workers import gthread

FIRST_WORDS_S = 0.01
"""So long is waited for what a new connection asks; it comes with the connection, or somebody opened it ahead."""
IDLE_S = 20
"""A connection on which nothing is asked is closed after so long."""
SLOW_S = 0.25
"""Who takes longer, such as an export or a reader on a slow line, no longer keeps the process from others."""
LOOK_AGAIN_S = 0.05


class WebWorker(gthread.ThreadWorker):
    """Answers one page at a time, and slow ones beside it.

    The worker of gunicorn takes every connection that it hears of first, also while its sibling has nothing to do; and
    two pages in one interpreter only wait for each other. What is not taken here waits with the system, in order.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._began: dict[gthread.TConn, float] = {}

    def accept(self, listener: socket) -> None:
        """Take a connection; one on which nothing is asked yet costs no thread."""
        try:
            sock, client = listener.accept()
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
                raise
            return  # the sibling was quicker
        self.nr_conns += 1
        conn = gthread.TConn(self.cfg, sock, client, listener.getsockname())
        if conn.wait_for_data(FIRST_WORDS_S):
            self.enqueue_req(conn)
        else:
            self._park(conn)

    def enqueue_req(self, conn: gthread.TConn) -> None:
        """Answer what is asked on a connection, and remember since when."""
        self._began[conn] = time.monotonic()
        super().enqueue_req(conn)

    def finish_request(self, conn: gthread.TConn, fs: "Future[Any]") -> None:
        """See to a connection whose answer is out."""
        self._began.pop(conn, None)
        super().finish_request(conn, fs)

    def wait_for_and_dispatch_events(self, timeout: float | None) -> None:
        """Wait for what comes next, and for somebody new only while that keeps nobody else waiting."""
        takes_more = self.alive and self._is_free()
        self.set_accept_enabled(takes_more)
        if not self.alive:
            self._let_go()
        super().wait_for_and_dispatch_events(timeout if takes_more else LOOK_AGAIN_S)

    def _is_free(self) -> bool:
        slow = time.monotonic() - SLOW_S
        is_busy = any(began > slow for began in self._began.values())
        return not is_busy and len(self._began) < self.cfg.threads and self.nr_conns < self.worker_connections

    def _park(self, conn: gthread.TConn) -> None:
        conn.timeout = time.monotonic() + IDLE_S
        self.pending_conns.append(conn)
        asked = partial(self.on_pending_socket_readable, conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, asked)

    def _let_go(self) -> None:
        """A process that is to stop waits for nobody who asked nothing."""
        for conn in self.pending_conns:
            conn.timeout = 0
