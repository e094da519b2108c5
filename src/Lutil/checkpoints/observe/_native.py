"""Readers in native code that raise no audit event: a small table of well-known ones, and their paths.

What is not in the table is a blind spot that the documentation names.
"""

# Paths are text here, as audit events give them: a `Path` costs microseconds.
# ruff: noqa: PTH100, PTH111, PTH112, PTH113, PTH118, PTH120, PTH207

from __future__ import annotations

import glob
import os
import re
import sys
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final

from ._hook import unquoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ._current import Current, Run

__all__ = ["NATIVE", "Lent", "native_standins"]

_READERS: Final = {
    "pyarrow.parquet": (
        "read_table", "read_pandas", "read_metadata", "read_schema", "ParquetFile.__init__", "ParquetDataset.__init__",
    ),
    "pyarrow.csv": ("read_csv", "open_csv"),
    "pyarrow.json": ("read_json",),
    "pyarrow.feather": ("read_feather", "read_table"),
    "pyarrow.orc": ("read_table", "ORCFile.__init__"),
    "pyarrow.dataset": ("dataset", "parquet_dataset"),
    "pyarrow.ipc": ("open_file", "open_stream"),
    "pyarrow": ("memory_map", "OSFile", "input_stream"),
    "polars": (
        "read_csv", "scan_csv", "read_csv_batched", "read_parquet", "scan_parquet", "read_ipc", "scan_ipc",
        "read_ipc_stream", "read_ndjson", "scan_ndjson", "read_json", "read_avro", "read_excel", "read_ods",
        "read_parquet_schema", "read_parquet_metadata", "read_ipc_schema", "read_delta", "scan_delta",
    ),
    "h5py": ("File.__init__", "is_hdf5"),
    "tables": ("open_file",),
    "netCDF4": ("Dataset.__init__",),
    "safetensors": ("safe_open",),
    "safetensors.torch": ("load_file",),
    "safetensors.numpy": ("load_file",),
    "cv2": ("imread", "imreadmulti", "VideoCapture"),
    "soundfile": ("read", "SoundFile.__init__"),
    "torchaudio": ("load",),
    "torchvision.io": ("read_image", "read_file", "read_video"),
    "torch.jit": ("load",),
    "xgboost": ("DMatrix.__init__", "Booster.__init__", "Booster.load_model", "XGBModel.load_model"),
    "lightgbm": ("Dataset.__init__",),
    "catboost": ("CatBoost.load_model", "Pool.__init__"),
    "onnxruntime": ("InferenceSession.__init__",),
    "faiss": ("read_index",),
    "rasterio": ("open",),
    "fiona": ("open",),
    "pyogrio": ("read_dataframe", "read_arrow", "read_info"),
    "SimpleITK": ("ReadImage",),
    "duckdb": ("read_csv", "read_parquet", "read_json", "from_csv_auto", "from_parquet"),
}  # fmt: skip
NATIVE: Final = frozenset(_READERS)
_NAMES: Final = (
    "source", "path", "path_or_paths", "file", "filename", "input_file", "name", "uri", "data", "fp", "model_file",
    "fname", "f", "where", "path_or_buffer", "path_or_bytes", "file_glob",
)  # fmt: skip
"""What the readers call the argument that names a file, where it is given by name."""
_MODE: Final = re.compile(r"[wxa]b?[-+]?|r\+b?|rw")
"""How a file is opened that is written to; `w-` is `x`."""
_REMOTE: Final = "://"
_LOCAL: Final = re.compile("file:(?://(?:localhost)?)?(?=/)", re.IGNORECASE)
_OPTIONS: Final = re.compile(r"\?\w+=")
"""What follows a path that names a format, too: `train.txt?format=libsvm`."""
_MOST: Final = 100_000


def _paths(value: Any, run: Run, mode: str = "r") -> None:
    """Tell the run of the files that an argument names: a path, a pattern, a folder, or several."""
    if isinstance(value, (list, tuple, set)):
        for item in value:
            _paths(item, run, mode)
        return
    if not isinstance(value, (str, bytes, os.PathLike)):
        return  # an open file: its opening was told
    text = _plain(os.fsdecode(value))
    if not text or _REMOTE in text or "\n" in text or "\0" in text:
        return
    path = os.path.abspath(os.path.expanduser(text))
    if os.path.isdir(path):
        _folder(path, run)
    elif any(letter in path for letter in "*?[") and not os.path.lexists(path):
        _pattern(path, run)
    else:
        if mode[:1] not in {"w", "x"}:
            run.files.read(path)
        if mode != "r":
            run.files.write(path, keeps=mode[:1] in {"a", "r"}, new=mode in {"x", "w-"})


def _plain(text: str) -> str:
    """Return a path without what an address says besides: `file://`, and the format of what lies there."""
    if address := _LOCAL.match(text):
        text = text[address.end() :]
        text = text if os.path.lexists(text) else unquoted(text)
    if (options := _OPTIONS.search(text)) and not os.path.lexists(text):
        text = text[: options.start()]
    return text


def _folder(path: str, run: Run) -> None:
    for count, (folder, _inner, files) in enumerate(os.walk(path)):
        run.files.list(folder)
        for name in files:
            run.files.read(os.path.join(folder, name))
        if count > _MOST:
            run.blind(path, "has more folders than are looked into")
            return


def _pattern(path: str, run: Run) -> None:
    head = path
    while any(letter in head for letter in "*?["):
        head = os.path.dirname(head)
    run.files.list(head)
    for found in glob.iglob(path, recursive=True):
        run.files.list(os.path.dirname(found))
        if os.path.isfile(found):
            run.files.read(found)


class Lent:
    """Stands for a reader, which may be a class: another function is called, all else is the reader's."""

    def __init__(self, original: Any, call: Callable[..., Any]) -> None:
        self._original = original
        self._call = call

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._call(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)

    def __instancecheck__(self, value: object) -> bool:
        return isinstance(value, self._original)


def _reading(original: Callable[..., Any], current: Current) -> Callable[..., Any]:
    return _reading_after(0, original, current)


def _reading_method(original: Callable[..., Any], current: Current) -> Callable[..., Any]:
    return _reading_after(1, original, current)


def _reading_after(skipped: int, original: Callable[..., Any], current: Current) -> Callable[..., Any]:
    """Return a reader that tells the run of its first argument after those that are skipped."""

    def reading(*args: Any, **kwargs: Any) -> Any:
        run = current()
        if run is not None:
            named = [kwargs[name] for name in _NAMES if name in kwargs]
            second = kwargs.get("mode", args[skipped + 1] if len(args) > skipped + 1 else "r")
            mode = second if isinstance(second, str) and _MODE.fullmatch(second) else "r"
            for given in (*args[skipped : skipped + 1], *named):
                _paths(given, run, mode)
            run.tell()
        return original(*args, **kwargs)

    return reading


def native_standins(only: str = "") -> Iterator[tuple[Any, str, Callable[..., Any]]]:
    """Yield the stand-ins for the readers of libraries that are loaded, or of one of them."""
    for module_name, readers in _READERS.items():
        module = sys.modules.get(module_name)
        if module is None or only not in {"", module_name}:
            continue
        for reader in readers:
            owner: Any = module
            *classes, name = reader.split(".")
            for part in classes:
                owner = getattr(owner, part, None)
            # Classes of C take no new attributes; a function that a library offers lazily is left as it is.
            found = getattr(owner, "__dict__", {}).get(name)
            if callable(found) and (not classes or isinstance(found, FunctionType)):
                yield owner, name, _reading_method if classes else _reading
