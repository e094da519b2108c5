"""A hit, by what the result is: in a new process first, then again, then with all of it read."""

from field.cases.values import MAKERS, touched
from field.timing import once, seconds

TITLE = "A hit, by what the result is"


def result_of(title):
    return MAKERS[title]()


def prepare(peer):
    function = peer.cached(result_of)
    for title in MAKERS:
        function(title)


def measure(peer):
    function, rows = peer.cached(result_of), {}
    for title in MAKERS:
        rows[f"{title}: first in a process"] = once(lambda title=title: function(title))[0]
        rows[f"{title}: again"] = seconds(lambda title=title: function(title))
        rows[f"{title}: again, and all of it read"] = seconds(lambda title=title: touched(function(title)))
    return rows
