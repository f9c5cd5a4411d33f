"""A bar on standard error for each step of long work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from ts_customers.cli._output import err_console, print_note


class Step(Protocol):
    """How much of a step is done."""

    @property
    def step(self) -> str: ...
    @property
    def done(self) -> int: ...
    @property
    def total(self) -> int: ...


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f} rows/s" if speed else "")


@contextmanager
def shown_progress(when_interrupted: str) -> Iterator[Callable[[Step], None]]:
    """Show how far work has come, if a person is watching.

    Args:
        when_interrupted: What to say after Ctrl-C.
    """
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(),
        console=err_console,
        transient=True,
        disable=not err_console.is_terminal,
    ) as bars:
        tasks: dict[str, TaskID] = {}

        def show(now: Step) -> None:
            if now.step not in tasks:
                tasks[now.step] = bars.add_task(now.step.capitalize(), total=now.total)
            bars.update(tasks[now.step], completed=now.done, total=now.total)

        try:
            yield show
        except KeyboardInterrupt:
            bars.stop()
            print_note(when_interrupted)
            raise
