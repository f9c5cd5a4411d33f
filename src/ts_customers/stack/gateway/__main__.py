"""`python -m ts_customers.stack.gateway SETTINGS.json` runs the gateway until it is stopped."""

import logging
import sys
from pathlib import Path

import uvicorn

from ._app import build_app
from ._settings import read_settings
from ._socket import MAX_FRAME_BYTES, Protocol


def main() -> None:
    """Serve on 127.0.0.1, at the port that the settings name."""
    if len(sys.argv) != 2:
        print("usage: python -m ts_customers.stack.gateway SETTINGS.json", file=sys.stderr)
        sys.exit(2)
    settings = read_settings(Path(sys.argv[1]))
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs whole URLs
    for name in ("uvicorn.access", "uvicorn.error"):  # the second tells of websockets
        logging.getLogger(name).addFilter(_without_query)
    logging.getLogger("ts_customers.gateway").info(
        "http://127.0.0.1:%d, for development only", settings.port
    )
    uvicorn.run(
        build_app(settings),
        host="127.0.0.1",
        port=settings.port,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=2,
        ws=Protocol,
        ws_max_size=MAX_FRAME_BYTES,
        ws_per_message_deflate=False,  # it would cost every subscriber's copy of a message anew
        ws_ping_interval=None,  # clients of Realtime send heartbeats
    )


def _without_query(record: logging.LogRecord) -> bool:
    # A query may hold an API key.
    if isinstance(record.args, tuple):
        record.args = tuple(a.split("?")[0] if isinstance(a, str) else a for a in record.args)
    return True


if __name__ == "__main__":
    main()
