"""The pages hold together: no dead link, no page out of reach, and the reference names everything that there is."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import Lutil.checkpoints
from Lutil.checkpoints.cli import _cleaning, _reading, _running  # noqa: F401  (each adds its commands)
from Lutil.checkpoints.cli._group import lutil
from Lutil.checkpoints.model._settings import Settings

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md")])
FENCE = re.compile(r"^(`{3,}).*?^\1", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def text_of(page):
    return page.read_text(encoding="utf-8")


def anchors(page):
    titles = re.findall(r"^#+ +(.*)$", FENCE.sub("", text_of(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_of_a_page_lead_to_a_file_and_a_heading(page):
    for target in LINK.findall(FENCE.sub("", text_of(page))):
        if target.startswith("https://"):
            continue
        file, _, anchor = target.partition("#")
        place = (page.parent / file).resolve() if file else page
        assert place.exists(), target
        assert not anchor or anchor in anchors(place), target


def test_every_page_is_in_one_group():
    groups = [DOCS / f"{name}.md" for name in ("index", "start", "how-to", "concepts", "reference", "inside")]
    trees = "\n".join(
        re.findall(r"^```\{toctree\}(.*?)^```", "\n".join(map(text_of, groups)), re.MULTILINE | re.DOTALL)
    )
    listed = re.findall(r"^([\w-]+)$", trees, re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert {page.stem for page in DOCS.glob("*.md")} - {"index"} - set(listed) == set()


def test_every_error_and_warning_has_a_row():
    public = {name: getattr(Lutil.checkpoints, name) for name in Lutil.checkpoints.__all__}
    errors = {name for name, thing in public.items() if inspect.isclass(thing) and issubclass(thing, Exception)}
    assert {name for name in errors if f"`{name}`" not in text_of(DOCS / "errors.md")} == set()


def test_every_setting_and_option_has_a_row():
    page = text_of(DOCS / "settings.md")
    settings = set(Settings._fields) - {"root", "refused"}  # found out, not set
    options = set(inspect.signature(Lutil.checkpoints.InlineCheckpoint).parameters) - {"recompute"}
    assert {name for name in settings | options if f"| `{name}` |" not in page} == set()


def test_every_command_has_a_row():
    page = text_of(DOCS / "cli.md")
    assert {name for name in lutil.commands if f"`lutil {name}" not in page} == set()


def test_every_chapter_of_a_promise_is_named():
    page = text_of(DOCS / "promises.md")
    chapters = {file.stem for file in (ROOT / "tests" / "promises").glob("test_p[0-9]*.py")}
    assert {name for name in chapters if f"`{name}`" not in page} == set()
    assert set(re.findall(r"`(test_p\d\w+)`", page)) - chapters == set()
