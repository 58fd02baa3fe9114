"""What the Pulumi engine does, told as it happens: a line for each change, and each warning and error."""

from __future__ import annotations

from pulumi.automation.events import DiagnosticEvent, EngineEvent, OpType, StepEventMetadata

from runtimes.console import Progress, note

_DONE = {
    OpType.CREATE: "created",
    OpType.CREATE_REPLACEMENT: "created anew",
    OpType.DELETE: "deleted",
    OpType.DELETE_REPLACED: "deleted the old",
    OpType.UPDATE: "updated",
}
# Where a plugin was found is no news: operations/engine.py put it there.
_NO_NEWS = ("using pulumi-resource-",)


class EngineProgress:
    """Takes the engine's events and notes what people want to know of them."""

    def __init__(self) -> None:
        self._waiting = Progress()
        self._told: set[str] = set()

    def tell(self, event: EngineEvent) -> None:
        """Note a finished change, a warning or an error; while something takes long, what it waits for."""
        if event.diagnostic_event:
            self._tell_diagnostic(event.diagnostic_event)
        if event.resource_pre_event and event.resource_pre_event.metadata.op in _DONE:
            self._waiting.tell(f"working on {_named(event.resource_pre_event.metadata)}")
        if event.res_outputs_event and event.res_outputs_event.metadata.op in _DONE:
            metadata = event.res_outputs_event.metadata
            if not _is_component(metadata):
                note(f"{_DONE[metadata.op]} {_named(metadata)}")

    def _tell_diagnostic(self, event: DiagnosticEvent) -> None:
        text = event.message.strip()
        if not text or text.startswith(_NO_NEWS):
            return
        if event.severity in ("warning", "error"):
            if text not in self._told:
                self._told.add(text)
                note(f"{event.severity}: {text}")
        elif event.severity.startswith("info"):
            self._waiting.tell(text.splitlines()[0])


def _named(metadata: StepEventMetadata) -> str:
    """`StatefulSet prometheus`."""
    return f"{metadata.type.rpartition(':')[2]} {metadata.urn.rpartition('::')[2]}"


def _is_component(metadata: StepEventMetadata) -> bool:
    """Whether it is only a name that others are grouped under."""
    state = metadata.new or metadata.old
    return state is not None and not state.custom
