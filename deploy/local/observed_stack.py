"""`make observe`: the native stack with the programs that watch it."""

from __future__ import annotations

import os

from deploy.local.native_stack import NativeStack
from deploy.local.observing import Observers, Ports, choose_ports
from deploy.local.problem import Problem
from deploy.local.programs import missing
from deploy.local.stack_folder import StackFolder

INTERVAL_S = "3"  # between two exports of metrics: longer than Prometheus takes to look


class ObservedStack:
    """Starts the programs before the services, and stops them after."""

    def __init__(self, folder: StackFolder) -> None:
        self._native = NativeStack(folder)
        self._observers = Observers(folder.observers)

    def running(self) -> bool:
        """Whether both run. Raises Problem when the stack runs unwatched."""
        if not self._native.running():
            return False
        if self._observers.running() is None:
            raise Problem("The stack of this checkout runs, and is not watched.", "make stop")
        return True

    def up(self) -> dict[str, str]:
        """Start what does not run yet; returns the variables of `local.env`."""
        if absent := missing():
            raise Problem(f"{', '.join(absent)}: not built or installed yet.", "make tools")
        ports = self._observers.running() or self._observers.start(choose_ports())
        os.environ["LAZARET_OTLP_ENDPOINT"] = ports.url("otlp")
        os.environ.setdefault("LAZARET_OTLP_INTERVAL_S", INTERVAL_S)
        return self._native.up()

    def stop(self) -> None:
        """Drain the services first: what they did last is still exported."""
        self._native.stop()
        self._observers.stop()

    def hurry(self) -> None:
        """Shorten a drain that is under way."""
        self._native.hurry()

    def links(self) -> str:
        """Where to look."""
        ports = self._observers.running()
        return "" if ports is None else _links(ports)


def _links(ports: Ports) -> str:
    return (
        f"\nMetrics  {ports.url('prometheus')}/graph\n"
        f"Alerts   {ports.url('prometheus')}/alerts, {ports.url('alertmanager')}\n"
        f"Logs     {ports.url('logs')}/select/vmui\n"
        f"Traces   {ports.url('jaeger')}/api/traces?service=gateway (this build has no pages)\n"
    )
