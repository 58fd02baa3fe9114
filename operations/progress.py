"""What the Pulumi engine does, told as it happens: a line for each change, and each warning and error."""

from __future__ import annotations

from pulumi.automation.events import DiagnosticEvent, EngineEvent, OpType, StepEventMetadata

from runtimes.console import Progress, note

_CHANGED = {
    OpType.CREATE: "created",
    OpType.CREATE_REPLACEMENT: "created anew",
    OpType.DELETE: "deleted",
    OpType.DELETE_REPLACED: "deleted the old",
    OpType.UPDATE: "updated",
}
_SEEN = {OpType.DELETE: "is gone, not by this program:", OpType.UPDATE: "was changed, not by this program:"}
# Where a plugin was found is no news: operations/engine.py put it there.
_NO_NEWS = ("using pulumi-resource-",)


class EngineProgress:
    """Takes the engine's events and notes what people want to know of them.

    Attributes:
        changes: how many resources were created, changed or deleted so far; groups and providers do not count.
    """

    def __init__(self, *, looks_only: bool = False) -> None:
        """Start to count.

        Args:
            looks_only: the engine only looks at what is there: what it finds changed was changed by others.
        """
        self.changes = 0
        self._words = _SEEN if looks_only else _CHANGED
        self._waiting = Progress()
        self._told: set[str] = set()

    def tell(self, event: EngineEvent) -> None:
        """Note a finished change, a warning or an error; while something takes long, what it waits for."""
        if event.diagnostic_event:
            self._tell_diagnostic(event.diagnostic_event)
        if event.resource_pre_event and self._counts(event.resource_pre_event.metadata):
            self._waiting.tell(f"working on {_named(event.resource_pre_event.metadata)}")
        if event.res_outputs_event and self._counts(event.res_outputs_event.metadata):
            metadata = event.res_outputs_event.metadata
            self.changes += 1
            note(f"{self._words[metadata.op]} {_named(metadata)}")

    def _counts(self, metadata: StepEventMetadata) -> bool:
        """Whether a resource changes that is more than a name others are grouped under, or a plugin's settings."""
        state = metadata.new or metadata.old
        is_group = state is not None and not state.custom
        return metadata.op in self._words and not is_group and not metadata.type.startswith("pulumi:")

    def _tell_diagnostic(self, event: DiagnosticEvent) -> None:
        text = event.message.strip()
        if not text or text.startswith(_NO_NEWS):
            return
        if event.severity in ("warning", "error") and not event.ephemeral:
            if text not in self._told:
                self._told.add(text)
                note(f"{event.severity}: {text}")
        elif event.severity != "debug":
            self._waiting.tell(text.splitlines()[0])


def _named(metadata: StepEventMetadata) -> str:
    """`StatefulSet prometheus`."""
    return f"{metadata.type.rpartition(':')[2]} {metadata.urn.rpartition('::')[2]}"
