"""What has been seen so far; becomes the observations whatever happens to the answer's process."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.observations import Observations

if TYPE_CHECKING:
    from harness.observations import (
        Creation,
        DependencyRun,
        EchoSeen,
        EngineSeen,
        Exchange,
        Exhaustion,
        FaultRun,
        ImportSeen,
        LazyLoad,
        MissingName,
        NeverAwaited,
        Outage,
        Place,
        RelationRead,
        SessionSeen,
    )


@dataclass
class Recording:
    """As ``Observations``, but growing. ``stage`` is what is going on."""

    database: str = "sqlite"
    stage: str = "import"
    stopped: str = ""
    timed_out: bool = False
    loaded: tuple[str, ...] = ()
    imports: list[ImportSeen] = field(default_factory=list)
    missing_names: list[MissingName] = field(default_factory=list)
    stand_ins_used: list[str] = field(default_factory=list)
    engines: list[EngineSeen] = field(default_factory=list)
    dependencies: list[DependencyRun] = field(default_factory=list)
    sessions: list[SessionSeen] = field(default_factory=list)
    creations: list[Creation] = field(default_factory=list)
    faults: list[FaultRun] = field(default_factory=list)
    exhaustions: list[Exhaustion] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)
    relations: list[RelationRead] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    concurrent: list[Exchange] = field(default_factory=list)
    lazy_loads: list[LazyLoad] = field(default_factory=list)
    never_awaited: list[NeverAwaited] = field(default_factory=list)
    echoes: list[EchoSeen] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    inconsistent: list[str] = field(default_factory=list)
    incomplete: list[str] = field(default_factory=list)
    reached: dict[str, Place | None] = field(default_factory=dict)
    output: str = ""
    variables_read: list[str] = field(default_factory=list)

    def observations(self, layers: dict[str, str]) -> Observations:
        """The end of it."""
        ran = bool(self.loaded)
        return Observations(
            ran=ran,
            why_not="" if ran else self.stopped or "no module of the answer could be imported",
            database=self.database,
            imports=tuple(self.imports),
            missing_names=tuple(self.missing_names),
            stand_ins_used=tuple(self.stand_ins_used),
            engines=tuple(self.engines),
            dependencies=tuple(self.dependencies),
            sessions=tuple(self.sessions),
            creations=tuple(self.creations),
            faults=tuple(self.faults),
            exhaustions=tuple(self.exhaustions),
            outages=tuple(self.outages),
            relations=tuple(self.relations),
            exchanges=tuple(self.exchanges),
            concurrent=tuple(self.concurrent),
            lazy_loads=tuple(self.lazy_loads),
            never_awaited=tuple(self.never_awaited),
            echoes=tuple(self.echoes),
            problems=tuple(self.problems),
            stopped=self.stopped,
            stage=self.stage if self.stopped else "",
            inconsistent=tuple(self.inconsistent),
            incomplete=tuple(self.incomplete),
            reached=tuple(self.reached.items()),
            layers=layers,
            output=self.output,
        )
