"""Writers in native code that raise no audit event: a small table of well-known ones, and what they write.

What is not in the table is seen where it fills a folder that the run made, and where it is declared.
"""

# Paths are text here, as audit events give them: a `Path` costs microseconds.
# ruff: noqa: PTH100, PTH111, PTH112, PTH118

from __future__ import annotations

import functools
import os
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final

from ._file_digests import identity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .._active_runs import Current, WatchedRun
from .._loaded_modules import loaded_of

__all__ = ["WRITERS", "writer_standins"]

_FIRST, _SECOND, _FOLDER = 0, 1, -1
_WRITERS: Final[dict[str, dict[str, int]]] = {
    "pyarrow.parquet": {
        "write_table": _SECOND, "write_metadata": _SECOND, "ParquetWriter.__init__": _FIRST,
        "write_to_dataset": _FOLDER,
    },
    "pyarrow.csv": {"write_csv": _SECOND, "CSVWriter": _FIRST},
    "pyarrow.feather": {"write_feather": _SECOND},
    "pyarrow.orc": {"write_table": _SECOND, "ORCWriter.__init__": _FIRST},
    "pyarrow.dataset": {"write_dataset": _FOLDER},
    "pyarrow.ipc": {"new_file": _FIRST, "new_stream": _FIRST},
    "pyarrow": {"output_stream": _FIRST, "create_memory_map": _FIRST},
    "polars": {
        **{f"DataFrame.write_{kind}": _FIRST for kind in ("csv", "parquet", "ipc", "ipc_stream")},
        **{f"DataFrame.write_{kind}": _FIRST for kind in ("ndjson", "json", "avro")},
        **{f"LazyFrame.sink_{kind}": _FIRST for kind in ("csv", "parquet", "ipc", "ndjson")},
        "DataFrame.write_excel": _FIRST,
    },
    "safetensors.torch": {"save_file": _SECOND, "save_model": _SECOND},
    "safetensors.numpy": {"save_file": _SECOND},
    "torch": {"save": _SECOND},
    "torch.jit": {"save": _SECOND, "ScriptModule.save": _FIRST},
    "torchaudio": {"save": _FIRST},
    "torchvision.io": {"write_png": _SECOND, "write_jpeg": _SECOND, "write_file": _FIRST, "write_video": _FIRST},
    "xgboost": {"Booster.save_model": _FIRST, "XGBModel.save_model": _FIRST, "DMatrix.save_binary": _FIRST},
    "lightgbm": {"Booster.save_model": _FIRST, "Dataset.save_binary": _FIRST},
    "xarray": {"Dataset.to_netcdf": _FIRST, "DataArray.to_netcdf": _FIRST},
    "catboost": {"CatBoost.save_model": _FIRST},
    "cv2": {"imwrite": _FIRST, "imwritemulti": _FIRST, "VideoWriter": _FIRST},
    "soundfile": {"write": _FIRST},
    "faiss": {"write_index": _SECOND},
    "pyogrio": {"write_dataframe": _SECOND, "write_arrow": _SECOND},
    "SimpleITK": {"WriteImage": _SECOND},
}  # fmt: skip
"""Which argument of a writer names the file, or that its second one names a folder that it fills."""
WRITERS: Final = frozenset(_WRITERS)
_NAMES: Final = (
    "where", "output_file", "dest", "sink", "source", "path", "file", "filename", "fname", "fileName", "f", "uri",
    "target", "workbook", "base_dir", "root_path",
)  # fmt: skip
"""What the writers call that argument, where it is given by name."""
_MOST: Final = 100_000


def _path_in(value: Any) -> str | None:
    """Return the absolute path that an argument names, if it does."""
    if not isinstance(value, (str, bytes, os.PathLike)):
        return None  # an open file: its opening was told
    text = os.fsdecode(value)
    if not text or "://" in text or "\n" in text or "\0" in text:
        return None
    return os.path.abspath(os.path.expanduser(text))


def _writing(position: int, skipped: int, original: Callable[..., Any], current: Current) -> Callable[..., Any]:
    """Return a writer that tells the run what it writes."""
    place = skipped + (_SECOND if position == _FOLDER else position)

    def writing(*args: Any, **kwargs: Any) -> Any:
        run = current()
        if run is None:
            return original(*args, **kwargs)
        given = args[place] if len(args) > place else next((kwargs[name] for name in _NAMES if name in kwargs), None)
        path = _path_in(given)
        if path is None:
            return original(*args, **kwargs)
        if position == _FOLDER or os.path.isdir(path):
            return _filling(run, path, functools.partial(original, *args, **kwargs))
        keeps = str(kwargs.get("mode", "w"))[:1] in {"a", "r"}
        if keeps:
            run.files.read(path)
        run.files.write(path, keeps=keeps)
        run.tell()
        return original(*args, **kwargs)

    return writing


def _filling(run: WatchedRun, folder: str, write: Callable[[], Any]) -> Any:
    """Tell the run which files in a folder are others after something was written there."""
    before = {path: identity(path) for path in _files(folder)}
    run.files.made(folder)
    try:
        return write()
    finally:
        for path in _files(folder):
            if path not in before or identity(path) != before[path]:
                run.files.put(path, existed=path in before)
        run.tell()


def _files(folder: str) -> Iterator[str]:
    for count, (inner, _, names) in enumerate(os.walk(folder)):
        for name in names:
            yield os.path.join(inner, name)
        if count > _MOST:
            return


def writer_standins(only: str = "") -> Iterator[tuple[Any, str, Callable[..., Any]]]:
    """Yield the stand-ins for the writers of libraries that are loaded, or of one of them."""
    for module, writers in loaded_of(_WRITERS, only):
        for writer, position in writers.items():
            owner: Any = module
            *classes, name = writer.split(".")
            for part in classes:
                owner = getattr(owner, part, None)
            # Classes of C take no new attributes; a function that a library offers lazily is left as it is.
            found = getattr(owner, "__dict__", {}).get(name)
            if callable(found) and (not classes or isinstance(found, FunctionType)):
                yield owner, name, functools.partial(_writing, position, len(classes))
