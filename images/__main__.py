"""`python -m images`: list, build, pull, pin; and host programs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from images import build, cost, digests, docker, registry
from images.catalog import load_catalog
from images.errors import ImagesError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except build.BuildError as error:
        failed = [outcome.component for outcome in error.outcomes if outcome.state == "failed"]
        print(f"Not built: {', '.join(failed)}. The reasons again:\n{error}", file=sys.stderr)
    except ImagesError as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:
        print("Interrupted; what was finished is kept.", file=sys.stderr)
        return 130
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m images", description="Container images of the monitoring stack.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("list", help="every component: upstream's image, ours, and what is here")
    command.set_defaults(run=_list)

    command = commands.add_parser("build", help="build images from package registries, those that are missing")
    command.add_argument("names", nargs="*", metavar="COMPONENT")
    command.add_argument("--all", action="store_true", help="everything that can be built")
    command.set_defaults(run=_build)

    command = commands.add_parser("tool", help="build a program for this machine and print its path")
    command.add_argument("name", choices=sorted(build.TOOLS))
    command.set_defaults(run=_tool)

    command = commands.add_parser("cost", help="what the last builds cost, all by default")
    command.add_argument("names", nargs="*", metavar="COMPONENT")
    command.set_defaults(run=_cost)

    command = commands.add_parser("pull", help="pull upstream's images, all by default")
    command.add_argument("names", nargs="*", metavar="COMPONENT")
    command.set_defaults(run=_pull)

    command = commands.add_parser("pins", help="write the digests that upstream's tags have now into catalog.toml")
    command.add_argument("names", nargs="*", metavar="COMPONENT")
    command.set_defaults(run=_pins)
    return parser


def _list(_: argparse.Namespace) -> int:
    rows = [("component", "upstream", "built here", "present")]
    for image in load_catalog().values():
        upstream = image.reference("registry") if image.registry else "-"
        found = []
        if image.registry and docker.is_present(upstream):
            found.append("upstream")
        if image.built and docker.is_present(image.built):
            current = docker.recipe_of(image.built) == build.recipe_hash(image)
            found.append("built" if current else "built, out of date")
        rows.append((image.component, upstream, image.built or "no, see below", ", ".join(found) or "-"))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, (*widths, 0), strict=True)).rstrip())
    for image in load_catalog().values():
        if image.unavailable:
            print(f"\n{image.component}: {image.unavailable}")
    return 0


def _build(options: argparse.Namespace) -> int:
    if bool(options.names) == options.all:
        raise ImagesError("Name the components to build, or give --all.")
    outcomes = build.build_images(None if options.all else options.names)
    for outcome in outcomes:
        if outcome.state == "present":
            print(f"{outcome.component}: {outcome.detail} is up to date")
    made = sum(outcome.state == "built" for outcome in outcomes)
    print(f"{made} built, {len(outcomes) - made} already there.")
    return 0


def _tool(options: argparse.Namespace) -> int:
    print(build.tool_path(options.name))
    return 0


def _cost(options: argparse.Namespace) -> int:
    print(cost.table(cost.recorded(), options.names or None))
    return 0


def _pull(options: argparse.Namespace) -> int:
    if not registry.registry_answers():
        raise ImagesError("No image registry answers; build instead: python -m images build --all")
    failures = registry.pull(options.names or None, build.say)
    if failures:
        raise ImagesError(f"Not pulled: {', '.join(failures)}; check the tags in images/catalog.toml.")
    return 0


def _pins(options: argparse.Namespace) -> int:
    failures = digests.pin(options.names or None, build.say)
    if failures:
        raise ImagesError(
            f"Not pinned: {', '.join(failures)}; their digests stay as they are. Check their tags in"
            " images/catalog.toml, and whether this machine reaches their registries."
        )
    print("images/catalog.toml is up to date. If it changed, run `make render` and commit both.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
