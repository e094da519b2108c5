"""A hit, by what the argument is: the function returns a number, so this is what finding it costs.

The number is the time at which it ran, so that it shows where one runs each time.
"""

import time

from field.cases.values import MAKERS
from field.timing import helpers, seconds

TITLE = "A hit, by what the argument is"


def ran_at(_value):
    return time.perf_counter_ns()


def hit(function, value):
    return seconds(lambda: function(value)) if function(value) == function(value) else "runs each time"


def measure(peer):
    rows = {title: hit(peer.cached(ran_at), make()) for title, make in MAKERS.items()}
    helpers()
    from helpers import Model

    def of_object(model):
        return model.predict(1), time.perf_counter_ns()

    rows["an object whose method has 40 helpers"] = hit(peer.cached(of_object), Model(2))
    return rows
