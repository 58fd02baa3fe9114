"""Archives of images, as Docker loads them."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path

from images.archive import File, Folder, Link, Settings, Tree, write_image


def test_an_image_archive_has_what_docker_load_wants(tmp_path: Path) -> None:
    tree = Tree()
    tree.add("/data", Folder(0o700, 999, 999))
    tree.add("/bin/program", File(b"#!", 0o755))
    tree.add("/bin/sh", Link("program"))
    target = tmp_path / "image.tar"
    settings = Settings(entrypoint=("/bin/program",), user="999", labels={"a": "b"}, volumes=("/data",))
    write_image(target, "monitoring/thing:1", "amd64", tree, settings)

    with tarfile.open(target) as archive:
        (manifest,) = json.load(_read(archive, "manifest.json"))
        config = json.load(_read(archive, manifest["Config"]))
        layer = _read(archive, manifest["Layers"][0]).read()
    assert manifest["RepoTags"] == ["monitoring/thing:1"]
    assert config["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(layer).hexdigest()}"]
    assert config["config"]["Entrypoint"] == ["/bin/program"]
    assert config["config"]["Labels"] == {"a": "b"}
    with tarfile.open(fileobj=io.BytesIO(layer)) as files:
        members = {member.name: member for member in files}
    assert list(members) == ["bin", "bin/program", "bin/sh", "data"]
    assert (members["data"].uid, members["data"].gid, members["data"].mode) == (999, 999, 0o700)
    assert (members["bin"].uid, members["bin"].mode, members["bin/program"].mode) == (0, 0o755, 0o755)
    assert members["bin/sh"].linkname == "program"


def test_the_same_tree_gives_the_same_archive(tmp_path: Path) -> None:
    contents = []
    for name, order in (("a", 1), ("b", -1)):
        tree = Tree()
        for path in ("/one", "/two/three")[::order]:
            tree.add(path, File(path.encode()))
        write_image(tmp_path / name, "x/y:1", "amd64", tree, Settings(entrypoint=()))
        contents.append((tmp_path / name).read_bytes())
    assert contents[0] == contents[1]


def _read(archive: tarfile.TarFile, name: str) -> io.BufferedIOBase:
    stream = archive.extractfile(name)
    assert stream is not None
    return io.BytesIO(stream.read())
