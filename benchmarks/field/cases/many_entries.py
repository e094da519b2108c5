"""What it costs to put each of many small results, to find it again, and on the disk, as far as a minute goes."""

import random
import time
from pathlib import Path

from field.timing import seconds

TITLE = "Many small results"
COUNT, BUDGET = 100_000, 60.0


def small(number):
    return {"number": number, "text": str(number)}


def measure(peer):
    function, end = peer.cached(small), time.perf_counter() + BUDGET
    start, done = time.perf_counter(), 0
    while done < COUNT and time.perf_counter() < end:
        function(done)
        done += 1
    rows = {"put, each": (time.perf_counter() - start) / done}
    numbers = random.Random(1)
    rows["a hit of one of them"] = seconds(lambda: function(numbers.randrange(done)))
    files = [path.stat() for path in Path(peer.FILES or "nowhere").rglob("*") if path.is_file()]
    rows["KB on the disk, each"] = sum(one.st_blocks for one in files) * 512 / done / 1024
    rows["how many of 100,000 in a minute"] = done
    return rows
