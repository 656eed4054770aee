"""What is installed: a source distribution, the wheel made from it, and this checkout, with the declared dependencies only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import pytest
from conftest import EXAMPLES, ROOT
from packaging.requirements import Requirement


def run(*command: str | Path, cwd: Path | None = None, **variables: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | variables
    parts = [str(part) for part in command]
    done = subprocess.run(parts, capture_output=True, text=True, check=False, env=environment, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


def required(dist: Distribution, extras: frozenset[str], found: dict[tuple[str, frozenset[str]], Distribution]) -> None:
    """Add to `found` the distributions that one needs, and all that they need."""
    for requirement in map(Requirement, dist.requires or []):
        marker = requirement.marker
        if marker and not any(marker.evaluate({"extra": extra}) for extra in extras or {""}):
            continue
        key = (requirement.name, frozenset(requirement.extras))
        if key not in found:
            try:
                found[key] = distribution(requirement.name)
            except PackageNotFoundError:  # pragma: no cover
                pytest.fail(f"{requirement} is not installed")
            required(found[key], key[1], found)


def link_dependencies(wheel_dist: Distribution, site: Path) -> None:
    """Link into `site` what the wheel's declared dependencies installed here, and nothing else."""
    found: dict[tuple[str, frozenset[str]], Distribution] = {}
    required(wheel_dist, frozenset(), found)
    for dist in found.values():
        for name in {file.parts[0] for file in dist.files or []} - {"..", "__pycache__"}:
            target = site / name
            if not target.exists():
                target.symlink_to(Path(str(dist.locate_file(name))))


def test_the_wheel_of_the_source_distribution_works_with_its_declared_dependencies(tmp_path: Path) -> None:
    """The prompts stand beside the package here; a source distribution takes them along, and so does its wheel."""
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", tmp_path, cwd=ROOT)
    (source,) = tmp_path.glob("*.tar.gz")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", tmp_path, source)
    (wheel,) = tmp_path.glob("*.whl")
    venv.create(tmp_path / "venv", symlinks=True)
    python = tmp_path / "venv" / "bin" / "python"
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", wheel)
    (info,) = site.glob("llm_diplo-*.dist-info")
    link_dependencies(Distribution.at(info), site)
    where = run(python, "-c", "import llm_diplo; print(llm_diplo.__path__[0])", cwd=tmp_path)
    assert Path(where.strip()) == site / "llm_diplo"
    assert {"brief.yaml", "focus.yaml"} <= {path.name for path in (site / "llm_diplo" / "prompts").iterdir()}
    assert (site / "llm_diplo" / "py.typed").exists()
    user = str(tmp_path / "user")
    assert "Evidence" in run(python, "-m", "llm", "diplo", "prompts", cwd=tmp_path, LLM_USER_PATH=user)
    brief = run(python, "-m", "llm", "diplo", EXAMPLES / "harbour-talks.txt", "-m", "diplo-offline", LLM_USER_PATH=user)
    assert "5 of 5 quotations cited" in brief


def test_this_checkout_finds_its_prompts(diplo: object) -> None:
    assert "prompts" in {path.name for path in ROOT.iterdir()}
    assert "Evidence" in diplo("prompts").stdout  # type: ignore[operator]


ORIGINS = {
    "PyPI": (None, "llm install 'llm-diplo[documents]'"),
    "a checkout": (
        {"url": "file:///home/a/llm-diplo", "dir_info": {"editable": True}},
        "llm install -e '/home/a/llm-diplo[documents]'",
    ),
    "a folder": ({"url": "file:///a/b", "dir_info": {}}, "llm install 'llm-diplo[documents] @ file:///a/b'"),
    "a repository": (
        {"url": "https://example.org/llm-diplo", "vcs_info": {"vcs": "git", "commit_id": "1"}},
        "llm install 'llm-diplo[documents] @ git+https://example.org/llm-diplo'",
    ),
}


@pytest.mark.parametrize(("origin", "command"), ORIGINS.values(), ids=ORIGINS.keys())
def test_a_missing_extra_is_installed_from_where_the_package_came(
    diplo: Any, origin: dict[str, Any] | None, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "llm_diplo-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: llm-diplo\nVersion: 0.1.0\n", encoding="utf-8")
    if origin:
        (info / "direct_url.json").write_text(json.dumps(origin), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("llm_diplo.sources.document.find_spec", lambda name: None)
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><html><body><p>Osk spoke.</p></body></html>", encoding="utf-8")
    result = diplo(page, "-m", "diplo-offline")
    assert result.exit_code == 1
    assert f"need the extra `documents`: {command}.\n" in result.stderr
