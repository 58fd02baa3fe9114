"""A directory of files on the Docker host as a Pulumi resource, with a reload of whoever reads it.

Configuration is mounted as a directory instead of being uploaded: an upload replaces the container at every change,
belongs to root and fails on a read-only root filesystem; a mounted file keeps its old inode when it is rewritten.

The state names this module: a provider is pickled by reference (`runtimes.directory._Provider`), and the engine loads
it from there for every later operation. Moved or renamed, existing states could no longer be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult

from runtimes.console import Failure
from runtimes.files import read_directory, remove_directory, write_directory
from runtimes.reload import reload_container


class _Provider(ResourceProvider):
    """Writes, reads back and removes the directory. The id is the path."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        write_directory(Path(props["path"]), props["files"])
        return CreateResult(id_=props["path"], outs=_state(props))

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        return DiffResult(
            changes=_state(_olds) != _state(_news),
            replaces=["path"] if _olds["path"] != _news["path"] else [],
            delete_before_replace=False,
        )

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        if write_directory(Path(_news["path"]), _news["files"]):
            try:
                reload_container(_news["container"], _news["reload"])
            except Failure:
                # The old files come back, so that the next run finds the difference again instead of passing it by.
                write_directory(Path(_news["path"]), _olds["files"])
                raise
        return UpdateResult(outs=_state(_news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        return ReadResult(id_=id_, outs={**_state(props), "files": read_directory(Path(id_))})

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        remove_directory(Path(_id))


def _state(props: Mapping[str, Any]) -> dict[str, Any]:
    return {key: props[key] for key in ("path", "files", "container", "reload")}


class HostDirectory(Resource, module="monitoring", name="HostDirectory"):
    """Files in one directory of the Docker host.

    Args:
        path: absolute path of the directory; it belongs to this resource alone.
        files: content by file name. Secret content stays secret in the state.
        container: name of the container that reads the files.
        reload: how it is made to read them again after a change: signal, restart or watched.
    """

    path: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        path: str,
        files: Mapping[str, pulumi.Input[str]],
        container: str,
        reload: str,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__(
            _Provider(),
            resource_name,
            {"path": path, "files": dict(files), "container": container, "reload": reload},
            opts,
        )
