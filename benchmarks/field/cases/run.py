"""What a run costs beside its body: of a function that takes no time, and of one that returns 100 MB."""

import itertools

import numpy as np
from field.timing import seconds

TITLE = "A run, beside what its body takes"


def nothing(number):
    return number + 1


def large(number):
    return np.full(12_500_000, float(number))


def measure(peer):
    numbers, rows = itertools.count(), {}
    function, big = peer.cached(nothing), peer.cached(large)
    function(-1)
    rows["of nothing, saved"] = seconds(lambda: function(next(numbers)), budget=1)
    rows["of an array of 100 MB, saved"] = max(
        0.0, seconds(lambda: big(next(numbers)), 0) - seconds(lambda: large(1), 0)
    )
    return rows
