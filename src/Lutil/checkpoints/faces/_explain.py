"""Explanations: whether a computation would be a hit, and if not, what changed since the nearest entry."""

from __future__ import annotations

from typing import Final

from .. import report
from ..computation import Computation
from ..engine import look_up, observed_parts
from ..model._key import Note, NoteKind, PartKind
from ..model._outcome import Difference, Hit, Origin, Reason
from ..model.process._records import NamedTuple
from ..model.secrets._redaction import redacted
from ..model.secrets._shown_text import lines_of, shown
from ..report._ledger import Ran, spell

__all__ = ["Explanation", "escape", "explain_computation", "explain_hit", "explain_run", "folded"]

_NOTES: Final = {
    NoteKind.EFFECT: "effects: neither read nor replayed by a skip",
    NoteKind.WRITTEN: "files that the run wrote: as it left them after a skip, too",
    NoteKind.MEMO: "memos: count as they were before they were filled",
    NoteKind.HANDLE: "handles: count by their type",
    NoteKind.COMPLEX_ATTRIBUTE: "attributes of a class without a rule: count by their state",
    NoteKind.BLIND_SPOT: "blind spots: a change of these goes unseen",
}
"""What is said of each kind of note, in this order."""


class Explanation(NamedTuple):
    """What can be said of a computation without running it.

    Attributes:
        name: of the computation.
        hit: whether an entry can be used; None while caching is disabled.
        reason: why it would run; None for a hit.
        notes: what was met and does not count: effects, memos, handles, blind spots.
        saved: seconds that a hit saves.
        past: whether this is about what took place, instead of what would.
    """

    name: str
    hit: bool | None
    reason: Reason | None = None
    notes: tuple[Note, ...] = ()
    saved: float = 0.0
    past: bool = False

    def __str__(self) -> str:
        if self.hit is None:
            return f"{shown(self.name)} {'ran' if self.past else 'would run'}: caching is disabled"
        if self.reason is None:
            return f"{shown(self.name)} {'was' if self.past else 'would be'} skipped: {spell(self.saved)} saved"
        return self.headline("{} ran" if self.past else "{} would run")

    def __repr__(self) -> str:
        return f"<{self}>"

    def headline(self, title: str, width: int = 80) -> str:
        """Return the reason as one line under a title of one's own, with `{}` for the name."""
        return report.titled(title, self.name, self.reason, width) if self.reason else title.format(shown(self.name))

    def details(self) -> str:
        """Return the whole: every difference, with diffs of code, and everything that does not count."""
        lines = [str(self)]
        for item in self._differences():
            lines.append(f"  {_headline(item)}")
            lines += [f"    {line}" for line in _below(item)]
        if self.reason and self.reason.detail and not self.reason.differences:
            lines.append(f"  {shown(self.reason.detail)}")
        for heading, notes in self._notes():
            lines.append(f"  {heading}")
            told = ((shown(note.path), shown(redacted(note.what))) for note in notes)
            lines += [f"    {path} ({what})" if what else f"    {path}" for path, what in told]
        return "\n".join(lines)

    def _differences(self) -> tuple[Difference, ...]:
        return self.reason.differences if self.reason else ()

    def _notes(self) -> list[tuple[str, list[Note]]]:
        """Return the notes under a heading for each of their kinds."""
        known = [(text, [note for note in self.notes if note.kind is kind]) for kind, text in _NOTES.items()]
        return [(text, notes) for text, notes in known if notes]

    def _repr_html_(self) -> str:
        return folded(str(self), self.body())

    def body(self) -> str:
        """Return as HTML what `details` says below its first line."""
        found = [_listed(item) for item in self._differences()]
        if self.reason and self.reason.detail and not found:
            found.append(f"<li>{escape(self.reason.detail)}</li>")
        for heading, notes in self._notes():
            items = "".join(
                f"<li>{escape(note.path)} <span style='opacity:.75'>{escape(redacted(note.what))}</span></li>"
                for note in notes
            )
            found.append(f"<li>{escape(heading)}<ul style='margin:0'>{items}</ul></li>")
        return f"<ul style='margin:0'>{''.join(found)}</ul>" if found else ""


def _below(item: Difference) -> list[str]:
    """Return what is told of a difference below its headline: a diff, or where the value came from."""
    if item.origin is None:
        return lines_of(item.diff)
    lines = [_headline(part) for part in item.origin.within]
    for part in _why(item.origin):
        lines += (
            [part] if isinstance(part, str) else [f"  {_headline(part)}", *(f"    {line}" for line in _below(part))]
        )
    return lines


def _why(origin: Origin) -> list[str | Difference]:
    """Return why the computation made another value: in a word, then what differs there."""
    reason = origin.reason
    told = f"{shown(origin.name)} ran" if reason.differences else report.titled("{} ran", origin.name, reason)
    return [told, *reason.differences]


def _listed(item: Difference) -> str:
    """Return a difference as an item of a list, with all that is below it."""
    if item.origin is None:
        return f"<li>{escape(_headline(item))}{_diff(item.diff)}</li>"
    within = "".join(map(_listed, item.origin.within))
    told, *differences = _why(item.origin)
    below = "".join(_listed(one) for one in differences if isinstance(one, Difference))
    below = f"<ul style='margin:0'>{within}<li>{escape(str(told))}<ul style='margin:0'>{below}</ul></li></ul>"
    return f"<li>{escape(_headline(item))}{below}</li>"


def folded(line: str, body: str) -> str:
    """Return HTML of one line that opens to its details; nothing to open where there are none.

    No colour of text is set, so that it can be read on dark pages and light ones.
    """
    style = "font-size:90%;line-height:1.5"
    if not body:
        return f'<div style="{style}">{escape(line)}</div>'
    return f'<details style="{style}"><summary style="cursor:pointer">{escape(line)}</summary>{body}</details>'


def escape(text: str) -> str:
    """Return text as HTML shows it, whatever it holds."""
    from html import escape  # noqa: PLC0415  (for notebooks)

    return escape(shown(text))


_TINTS: Final = {"+": "background:rgba(46,160,67,.2)", "-": "background:rgba(248,81,73,.2)"}


def _diff(text: str) -> str:
    """Return a diff as HTML: signs tell as well as tints."""
    if not text:
        return ""
    from html import escape  # noqa: PLC0415  (for notebooks)

    lines = "".join(
        f'<span style="display:block;{_TINTS.get(line[:1], "")}">{escape(line) or " "}</span>'
        for line in lines_of(text)
    )
    return f'<pre style="margin:2px 0 4px;white-space:pre-wrap">{lines}</pre>'


def _headline(item: Difference) -> str:
    """Return one difference in full, on one line but for what the values hold."""
    path = shown(item.path.removeprefix("project:"))
    if item.origin is not None:
        return f"{item.kind} {path} is a new result of {shown(item.origin.name)}"
    before, after = report.values_of(item)
    if item.kind is PartKind.STREAM and item.before is not None and item.after is not None:
        return f"{item.kind} {path} stands elsewhere: something drew from it; {report.way_out(item.kind, path)}"
    if item.before is None:
        return f"{item.kind} {path} is new" + (f": {after}" if after else "")
    if item.after is None:
        return f"{item.kind} {path} is gone" + (f": {before}" if before else "")
    return f"{item.kind} {path}: {before} -> {after}" if before != after else f"{item.kind} {path} changed"


def explain_computation(computation: Computation | None, name: str) -> Explanation:
    """Look up without running and say what was found."""
    if computation is None:
        return Explanation(name, None)
    outcome = look_up(computation, peek=True)
    if isinstance(outcome, Hit):
        return explain_hit(computation, outcome)
    parts = (*computation.parts(), *observed_parts(computation))
    return Explanation(name, False, report.refine(computation, outcome, parts), computation.all_notes())  # noqa: FBT003  (a field of a record)


def explain_hit(computation: Computation, hit: Hit, *, past: bool = False) -> Explanation:
    """Say what is known of a computation that is skipped, or was."""
    notes = computation.all_notes(report.notes_of(computation.stores, computation.recipe.name, hit.key))
    return Explanation(computation.recipe.name, True, None, notes, hit.saved, past)  # noqa: FBT003  (the same)


def explain_run(run: Ran) -> Explanation:
    """Say why a computation ran that did, with what had changed then."""
    return Explanation(run.name, False, report.explained(run), run.notes, past=True)  # noqa: FBT003  (the same)
