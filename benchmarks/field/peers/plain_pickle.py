"""The floor: a cache by hand, a pickle for each result under a digest of the pickled arguments; nothing is checked."""

import functools
import hashlib
import pickle
from pathlib import Path

NAME = "by hand"
DISTRIBUTION = ""
IMPORT = "import functools, hashlib, pickle, pathlib"
FILES = "plain"


def cached(function):
    folder = Path("plain", function.__name__)
    folder.mkdir(parents=True, exist_ok=True)

    @functools.wraps(function)
    def wrapper(*args):
        path = folder / hashlib.blake2b(pickle.dumps(args, 5), digest_size=16).hexdigest()
        try:
            with path.open("rb") as file:
                return pickle.load(file)
        except FileNotFoundError:
            result = function(*args)
            part = path.with_suffix(".part")
            part.write_bytes(pickle.dumps(result, 5))
            part.rename(path)
            return result

    return wrapper
