"""An export through PostgREST, page by page, with the user's rights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ts_customers._client import Client
from ts_customers.exporting._csv import csv_block
from ts_customers.exporting._source import Cells, Counts, ExportRequest, Progress

# Customers in one request, which the API's statement timeout of 8 seconds leaves plenty of time.
_PAGE = 500


class ApiSource:
    """Calls `export_customers` until there is no more.

    Each page is as of its own moment: what changes meanwhile is in it or not.
    """

    def __init__(
        self,
        client: Client,
        request: ExportRequest,
        *,
        page_size: int = _PAGE,
        on_progress: Callable[[Progress], None] = lambda _progress: None,
    ) -> None:
        self.counts = Counts()
        self._client = client
        self._request = request
        self._page_size = page_size
        self._on_progress = on_progress

    def csv(self) -> Iterator[bytes]:
        """CSV in UTF-8 with a header, a block for each page."""
        for number, page in enumerate(self._pages("cells")):
            yield csv_block([page["columns"], *page["rows"]] if number == 0 else page["rows"])

    def cells(self) -> Iterator[Cells]:
        """The header, and then the rows."""
        for number, page in enumerate(self._pages("cells")):
            if number == 0:
                yield page["columns"]
            yield from page["rows"]

    def lines(self) -> Iterator[bytes]:
        """JSON lines, a block for each page."""
        for page in self._pages("lines"):
            yield "".join(f"{line}\n" for line in page["rows"]).encode()

    def _pages(self, shape: str) -> Iterator[dict[str, Any]]:
        """Read the pages.

        Raises:
            NotAllowed: role_required.
            Invalid: columns_invalid, filter_invalid, sort_invalid, unknown_key, query_too_long.
        """
        cursor, total = None, 0
        arguments = self._request.to_json(shape=shape) | {
            "organization_id": self._client.organization_id,
            "page_size": self._page_size,
        }
        while True:
            page = self._client.rpc("export_customers", arguments | {"cursor": cursor})
            total = page["total"] if page["total"] is not None else total
            self.counts.rows += len(page["rows"])
            self.counts.customers += page["customers"]
            self.counts.contacts += page["contacts"]
            self._on_progress(Progress("exporting", self.counts.customers, total))
            yield page
            cursor = page["cursor"]
            if cursor is None:
                return
