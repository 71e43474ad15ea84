"""A release, step by step. Each step may be run alone, may be repeated, and says beforehand in the
journal what it is about to do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from deploy.local.deadline import Deadline
from deploy.local.problem import Problem
from deploy.release.annotation import annotate
from deploy.release.comparison import Decision, Series, Verdict, judge, read_counters, sample
from deploy.release.journal import Journal, State
from deploy.release.plan import Plan
from deploy.release.pre_flight import check
from deploy.release.processes import Processes
from deploy.release.proxy import Proxy
from shared.clock import Clock

WHOLE = 100
LOOK_EVERY_S = 2.0


@dataclass(frozen=True, slots=True)
class Tools:
    """What every step works with."""

    plan: Plan
    journal: Journal
    proxy: Proxy
    processes: Processes
    say: Callable[[str], object]

    @classmethod
    def of(cls, plan: Plan, clock: Clock, say: Callable[[str], object]) -> Tools:
        """Return them for a plan."""
        proxy = Proxy(plan.proxy_socket, plan.proxy_backend)
        return cls(plan, Journal(plan.folder, clock), proxy, Processes(plan), say)


def begin(tools: Tools, slot: str, version: Path) -> State:
    """Serve a version where nothing serves yet: the first installation."""
    if tools.journal.read() is not None:
        raise Problem("a version serves already; release the new one beside it")
    tools.processes.run(tools.plan.migrate, version)
    tools.processes.start_gateway(slot, version)
    tools.processes.wait_ready(slot)
    tools.processes.start_consumers(slot, version)
    tools.proxy.open(slot)
    tools.proxy.set_weight(slot, WHOLE)
    state = State(slot=slot, version=str(version), step="serving")
    tools.journal.note("begun", version=str(version))
    return tools.journal.write(state)


def standing(tools: Tools) -> State:
    """Return where the installation stands. Raises Problem where nothing was released yet."""
    state = tools.journal.read()
    if state is None:
        raise Problem("nothing was released here yet: begin with `lazaret-deploy release begin`")
    return state


def pre_flight(tools: Tools, version: Path) -> State:
    """Look at everything that can be looked at before anything is changed."""
    state = standing(tools)
    missing = check(tools.plan, version, state.slot)
    tools.say(f"pre-flight: sound, {missing} migrations to apply")
    return tools.journal.step(replace(state, candidate=str(version)), "pre-flight")


def start(tools: Tools) -> State:
    """Expand the schema, start the candidate beside the current version, wait until it is ready."""
    state = tools.journal.step(standing(tools), "start")
    candidate, slot = Path(state.candidate), state.other(tools.plan.slots)
    tools.proxy.close(slot)
    tools.processes.run(tools.plan.migrate, candidate)
    tools.processes.start_gateway(slot, candidate)
    tools.processes.wait_ready(slot)
    tools.say(f"start: the candidate is ready in slot {slot}")
    return state


def canary(tools: Tools) -> Verdict:
    """Give the candidate its share of the requests, and compare until there are enough of them."""
    state = tools.journal.step(standing(tools), "canary")
    slot, plan = state.other(tools.plan.slots), tools.plan
    share = plan.canary_percent
    tools.proxy.set_weight(slot, max(1, round(WHOLE * share / (WHOLE - share))))
    tools.proxy.open(slot)
    tools.proxy.wait_up(slot, plan.ready_within_s)
    before = read_counters(plan.prometheus_url)
    verdict = _watch(tools, state, before)
    facts = {"reason": verdict.reason, "current": verdict.current, "candidate": verdict.canary}
    tools.journal.note("compared", decision=verdict.decision, **facts)
    tools.say(f"canary: {verdict.decision}: {verdict.reason}")
    return verdict


def promote(tools: Tools) -> State:
    """Give the candidate all requests and start its consumers; drain the version before it."""
    state = tools.journal.step(standing(tools), "promote")
    slot, candidate = state.other(tools.plan.slots), Path(state.candidate)
    tools.processes.start_consumers(slot, candidate)
    tools.proxy.set_weight(slot, WHOLE)
    served = State(slot, str(candidate), previous=state.version, step="promoted")
    tools.journal.write(served)
    _retire(tools, state.slot)
    tools.journal.note("promoted", version=str(candidate))
    annotate(tools.plan, f"Lazaret {candidate.name} serves")
    tools.say(f"promote: {candidate.name} serves in slot {slot}")
    return served


def withdraw(tools: Tools, reason: str) -> State:
    """Undo a release that is under way, wherever it stands: the current version gets everything."""
    state = standing(tools)
    slot = state.other(tools.plan.slots)
    tools.proxy.set_weight(state.slot, WHOLE)
    tools.proxy.open(state.slot)
    _retire(tools, slot)
    undone = replace(state, candidate="", step="serving")
    tools.journal.note("withdrawn", version=state.candidate, reason=reason)
    if state.candidate:
        annotate(tools.plan, f"Lazaret {Path(state.candidate).name} withdrawn: {reason[:200]}")
    return tools.journal.write(undone)


def roll_back(tools: Tools) -> State:
    """Serve the version before this one again. The schema stays: a release only expands it."""
    state = standing(tools)
    if state.candidate:
        return withdraw(tools, "rolled back by hand")
    if not state.previous:
        raise Problem("no version before this one is known")
    slot, previous = state.other(tools.plan.slots), Path(state.previous)
    tools.processes.start_gateway(slot, previous)
    tools.processes.wait_ready(slot)
    tools.processes.start_consumers(slot, previous)
    tools.proxy.set_weight(slot, WHOLE)
    tools.proxy.open(slot)
    tools.proxy.wait_up(slot, tools.plan.ready_within_s)
    served = tools.journal.write(State(slot, str(previous), step="rolled back"))
    _retire(tools, state.slot)
    tools.journal.note("rolled back", version=str(previous), before=state.version)
    annotate(tools.plan, f"Lazaret rolled back to {previous.name}")
    return served


def recover(tools: Tools) -> State:
    """After a power cut: bring the processes and the proxy to what the journal says serves."""
    state = standing(tools)
    if not tools.processes.gateway_runs(state.slot):
        tools.processes.start_gateway(state.slot, Path(state.version))
        tools.processes.wait_ready(state.slot)
        tools.processes.start_consumers(state.slot, Path(state.version))
    return withdraw(tools, "the release was interrupted")


def release(tools: Tools, version: Path) -> Verdict | None:
    """All steps in order. Returns the verdict of the canary; None when it did not come to one.

    Whatever fails after the pre-flight, and whatever is not clearly good, is withdrawn.
    """
    pre_flight(tools, version)
    try:
        start(tools)
        verdict = canary(tools)
        if verdict.decision is Decision.BETTER_OR_EQUAL:
            promote(tools)
            return verdict
    except (Problem, KeyboardInterrupt) as problem:
        withdraw(tools, str(problem) or "interrupted")
        raise
    withdraw(tools, f"{verdict.decision}: {verdict.reason}")
    return verdict


def _watch(tools: Tools, state: State, before: Series) -> Verdict:
    """Judge at the end of each window, and at once when it is bad; more windows while unclear."""
    slot, plan = state.other(tools.plan.slots), tools.plan
    verdict = _verdict(plan, state.slot, slot, before)
    for _ in range(plan.windows_max):
        window = Deadline(plan.window_s)
        while not window.passed():
            _pause()
            if not tools.processes.gateway_runs(slot):
                raise Problem(f"the candidate in slot {slot} ended while it was watched")
            verdict = _verdict(plan, state.slot, slot, before)
            if verdict.decision is Decision.WORSE:
                return verdict
        if verdict.decision is not Decision.INCONCLUSIVE:
            return verdict
    return verdict


def _pause() -> None:
    look = Deadline(LOOK_EVERY_S)
    while not look.passed():
        look.pause()


def _verdict(plan: Plan, current: str, slot: str, before: Series) -> Verdict:
    after = read_counters(plan.prometheus_url)
    return judge(sample(before, after, current), sample(before, after, slot), plan)


def _retire(tools: Tools, slot: str) -> None:
    """No new requests, those under way end, then the processes; the slot is closed."""
    tools.proxy.drain(slot)
    tools.proxy.wait_idle(slot, tools.plan.drain_within_s)
    tools.processes.stop_consumers(slot)
    tools.processes.stop_gateway(slot)
    tools.proxy.close(slot)
