"""The pickler: how each kind of object is written.

- A class or function of the project: by name, to be found again by whoever decodes.
- A class or function without a name of its own: by cloudpickle. Lambdas, and what is local to a function; a function
  has the globals of its module.
- An array or tensor: as bytes out of band; as a window where memory is shared.
- A registered type: in the form it was registered with.
- A sentinel, a random stream of the process: by the name under which a module holds it.
- All else: as pickle has it.
"""

from __future__ import annotations

import importlib
import io
import pickle
import sys
import types
from collections.abc import Callable, Sequence
from typing import Any

from ..integrations import known_of_bases
from ..model.process._late import loading
from ._by_name import held_rule
from ._constructors import (
    answers_for_itself,
    is_event,
    may_be_its_attributes,
    reduce_event,
    reduce_exception,
    reduce_plainly,
    reduce_silently,
    reduce_with_attributes,
    wants_constructor,
)
from ._functions import at_home, held_by_module
from ._globals import found, held, named
from ._locate import WholeError
from ._registered import find_encoder
from ._shared_memory import SharingPlan, Span, array_alone, array_window, span_of_array
from ._tensor_storage import reduce_tensor, span_of_tensor, with_gradient
from ._views import Inputs, SharedError, as_class, as_record

__all__ = ["PROTOCOL", "Pickler"]

PROTOCOL = 5
_OUT_OF_BAND = 4096
"""Bytes from which a buffer is a segment of its own. A smaller one costs more as a segment than in the stream."""
_SINGLETONS = (type(None), type(NotImplemented), type(...))
Rule = Callable[[Any], Any]


class Pickler(pickle.Pickler):
    """Writes one value.

    Args:
        given: objects that exist on both sides; they are referred to and never written.
        is_project: tells whether a module is the project's own.
        plan: which windows share which memory.
        shift: added to the numbers by which `given` is referred to.
        shallow: whether to leave out what pandas holds.

    Attributes:
        plain: whether nothing was written that has to be resolved.
        spans: the memory of all arrays and tensors met.
        buffers: what goes out of band.
    """

    def __init__(
        self,
        given: Sequence[object],
        is_project: Callable[[str], bool],
        *,
        plan: SharingPlan | None = None,
        shift: int = 0,
        shallow: bool = False,
    ) -> None:
        self.plain = True
        self.spans: list[Span] = []
        self.buffers: list[memoryview] = []
        self._file = io.BytesIO()
        self._is_project = is_project
        self._plan = plan
        self._shallow = shallow
        self._rules: dict[type, Rule | None] = {}
        self._values: Any = None
        super().__init__(self._file, PROTOCOL, buffer_callback=self._keep)
        self._doubles: list[object] = []
        self._inputs = Inputs(given) if given else None
        if given:
            self.memo = self._numbered(given, shift)

    def write(self, value: object) -> bytes:
        """Return the stream of a value."""
        self.dump(value)
        return self._file.getvalue()

    def holds(self, objects: Sequence[object]) -> bool:
        """Return whether any of these objects was written."""
        return bool(objects) and not self.memo.copy().keys().isdisjoint(map(id, objects))

    def classes(self) -> tuple[type, ...]:
        """Return the classes of what was written as pickle has it, without those that are made of Python alone."""
        return tuple(cls for cls, rule in self._rules.items() if rule is None)

    def reducer_override(self, value: Any) -> Any:
        """Return how a value is made again, for the kinds that this module knows."""
        cls = type(value)
        try:
            rule = self._rules[cls]
        except KeyError:
            rule = self._rules[cls] = self._rule(cls)
        return NotImplemented if rule is None else rule(value)

    def _numbered(self, given: Sequence[object], shift: int) -> dict[int, tuple[int, object]]:
        """Return a memo in which each given object has its place in the sequence, and each place an object."""
        memo: dict[int, tuple[int, object]] = {}
        for index, value in enumerate(given):
            if id(value) in memo:
                # The memo's length numbers what comes next: a place that is left out would shift it all.
                double = object()
                self._doubles.append(double)
                memo[id(double)] = (shift + index, double)
            else:
                memo[id(value)] = (shift + index, value)
        return memo

    def _keep(self, buffer: pickle.PickleBuffer) -> bool:
        raw = buffer.raw()
        if raw.nbytes < _OUT_OF_BAND:
            return True
        self.buffers.append(raw)
        return False

    def _rule(self, cls: type) -> Rule | None:
        rule = find_encoder(cls) or self._memory_rule(cls)
        if rule is not None:
            return rule
        if issubclass(cls, type):
            return self._class
        rule = _without_asking(cls)
        if rule is not None:
            return rule
        rule = {types.FunctionType: self._named, **_BY_KIND}.get(cls) or held_rule(cls, self._by_name)
        if rule is not None or self._values is None:
            return rule
        found: Rule | None = self._values.dispatch_table.get(cls)
        return found

    def _by_name(self, module: str, name: str) -> Any:
        if module != "__main__" and not self._is_project(module):
            return held, (module, name)
        self.plain = False
        return found, (module, name)

    def _memory_rule(self, cls: type) -> Rule | None:
        # Whoever holds an array or tensor has loaded its library: nothing is imported for this question.
        array = getattr(sys.modules.get("numpy"), "ndarray", None)
        if array is not None and issubclass(cls, array):
            return self._array if cls is array else self._derived_array
        record = getattr(sys.modules.get("numpy"), "void", None)
        if record is not None and issubclass(cls, record):
            return _record
        tensor = getattr(sys.modules.get("torch"), "Tensor", None)
        if tensor is not None and issubclass(cls, tensor):
            return self._tensor if cls is tensor else with_gradient
        top = str(getattr(cls, "__module__", "")).partition(".")[0]  # a class may have none
        return _nothing if self._shallow and top == "pandas" else None

    def _class(self, cls: type) -> Any:
        return NotImplemented if cls in _SINGLETONS else self._named(cls)

    def _named(self, value: Any) -> Any:
        module = getattr(value, "__module__", None)
        qualname = value.__qualname__
        if isinstance(module, str) and "<" not in qualname and named(module, qualname) is value:
            if module != "__main__" and not self._is_project(module):
                return NotImplemented
            self.plain = False
            return found, (module, qualname)
        return self._by_value(value)

    def _by_value(self, value: Any) -> Any:
        if self._values is None:
            with loading:
                import cloudpickle  # noqa: PLC0415  # 66 ms, and only what has no name of its own needs it

            self._values = cloudpickle.Pickler(io.BytesIO())
            # An open file would come back as the text it held: that is another thing, and refused.
            self._values.dispatch_table = {
                cls: reduce for cls, reduce in self._values.dispatch_table.items() if cls is not io.TextIOWrapper
            }
            self._rules.clear()
        reduced = self._values.reducer_override(value)
        if type(value) is types.FunctionType and type(reduced) is tuple:
            self.plain = False
            return at_home(value, reduced)
        return reduced

    def _array(self, array: Any) -> Any:
        if not array.nbytes:
            return NotImplemented if array.dtype.hasobject else array_alone(array) or NotImplemented
        span = span_of_array(array)
        found = None if self._inputs is None else self._inputs.view(span)
        if found is not None:
            return found
        if array.dtype.hasobject:
            return NotImplemented
        self.spans.append(span)
        region = None if self._plan is None else self._plan.region(span)
        if region is None:
            return array_alone(array) or NotImplemented
        place = (array.shape, array.strides, span.start - region.low)
        return array_window, (region, array.dtype, place, array.flags.writeable)

    def _derived_array(self, array: Any) -> Any:
        """Return how an array of a derived class is made again: a view on an input, or one mapped from a file.

        A masked array without a mask is written here as well: numpy would give it one.
        """
        numpy: Any = sys.modules["numpy"]
        plain = array.view(numpy.ndarray)
        on_input = self._inputs is not None and array.nbytes and self._inputs.view(span_of_array(plain)) is not None
        if not on_input and array.nbytes and isinstance(array, numpy.memmap):
            return _mapped(array, plain)
        if not on_input and not (type(array) is numpy.ma.MaskedArray and array.mask is numpy.ma.nomask):
            return NotImplemented
        attributes = dict(getattr(array, "__dict__", ()))
        if attributes.get("_mask") is not None and attributes["_mask"].shape:
            raise SharedError("it is a masked view on an argument, with a mask of its own; return a copy")
        return as_class, (plain, type(array), attributes)

    def _tensor(self, tensor: Any) -> Any:
        span = span_of_tensor(tensor)
        if span is not None and tensor.grad_fn is None:
            found = None if self._inputs is None else self._inputs.view(span)
            if found is not None:
                return with_gradient(tensor, found)
            self.spans.append(span)
        return with_gradient(tensor, reduce_tensor(tensor, self._plan))


def _record(record: Any) -> Any:
    """Return how a record is made again: one that was taken from an array looks at the array."""
    if record.base is None:
        return NotImplemented
    return as_record, (sys.modules["numpy"].asarray(record), type(record))


def _mapped(array: Any, plain: Any) -> tuple[Any, ...]:
    if array.mode in {"r+", "w+"}:
        raise WholeError(f"what is written to it goes to {array.filename}, which a hit could not do; return a copy")
    return as_class, (plain, type(array), {})


def _without_asking(cls: type) -> Rule | None:
    if wants_constructor(cls):
        return reduce_exception
    if next(known_of_bases(cls, "MADE_PLAINLY"), False):
        return reduce_plainly
    if may_be_its_attributes(cls):
        return reduce_with_attributes
    if is_event(cls):
        return reduce_event
    return reduce_silently if answers_for_itself(cls) else None


def _module(module: types.ModuleType) -> tuple[Callable[..., object], tuple[str]]:
    return importlib.import_module, (module.__name__,)


_BY_KIND: dict[type, Rule] = {
    types.ModuleType: _module,
    types.MethodType: held_by_module,
    types.BuiltinMethodType: held_by_module,
}


def _nothing(_: object) -> tuple[Callable[..., object], tuple[()]]:
    return object, ()
