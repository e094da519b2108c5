"""torch: tensors by dtype, kind of device, layout and values; modules by class, parameters and flags."""

from __future__ import annotations

import sys
from typing import Any

from xxhash import xxh3_128

from ..walk._class_state import own_state
from ..walk._nodes import Context, Node, Rule, attribute_label, named, silent_label, size
from ..walk._scalars import LEAVES
from ._arrays import feed
from ._objects import state_node

__all__ = ["TORCH_RULES"]

_SPARSE = {
    "torch.sparse_coo": ("indices", "values"),
    "torch.sparse_csr": ("crow_indices", "col_indices", "values"),
    "torch.sparse_csc": ("ccol_indices", "row_indices", "values"),
    "torch.sparse_bsr": ("crow_indices", "col_indices", "values"),
    "torch.sparse_bsc": ("ccol_indices", "row_indices", "values"),
}
_HOOKS = "_hooks"
_CACHES = frozenset({"_compiled_call_impl"})


def _tensor(value: Any, context: Context) -> bytes | Node:
    torch = sys.modules["torch"]
    plain = value.detach()
    if value.is_nested:
        return Node(b"X" + named("nested tensor"), plain.unbind(), temporary=True)
    layout = str(value.layout)
    about = f"{value.dtype} {value.device.type} {layout} {bool(value.requires_grad)}"
    head = b"X" + context.type_code(type(value)) + LEAVES[str](about) + size(value.dim())
    head += b"".join(map(size, value.shape))
    gradient = value.grad if value.is_leaf else None
    attributes = {name: item for name, item in own_state(value).items() if not name.startswith("_")}
    if layout in _SPARSE:
        plain = plain.coalesce() if layout == "torch.sparse_coo" else plain
        content: list[object] = [getattr(plain, name)() for name in _SPARSE[layout]]
        return Node(head, [*content, gradient, attributes], silent_label, temporary=True)
    if layout != "torch.strided" or value.device.type == "meta":
        return context.refuse(value, f"a torch tensor of layout {layout} on {value.device.type}")
    if value.is_quantized:
        scale = (str(value.qscheme()), value.int_repr(), value.dequantize())
        return Node(head, scale, silent_label, temporary=True)
    plain = plain.resolve_conj().resolve_neg()
    if plain.device.type != "cpu":
        plain = plain.cpu()
    hasher = xxh3_128(head)
    feed(_as_array(torch, plain), hasher.update)
    code = named("tensor", hasher.digest())
    if gradient is None and not attributes:
        return code
    return Node(code, (gradient, attributes), attribute_label(("grad", "__dict__")), temporary=True)


def _as_array(torch: Any, plain: Any) -> Any:
    """Return a tensor as an array over the same memory; what numpy has no type for as whole numbers."""
    try:
        return plain.numpy()
    except TypeError:
        whole = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}[plain.element_size()]
        return plain.view(whole).numpy()


def _module(value: Any, context: Context) -> bytes | Node:
    """Take a module for its class and attributes; hooks count, the numbers that a process gives them do not."""
    state = {}
    for name, item in vars(value).items():
        if name in _CACHES:
            continue
        if name.startswith("_") and _HOOKS in name and isinstance(item, dict):
            if item:
                state[name] = list(item.values())
            continue
        state[name] = item
    node = state_node(b"o" + context.type_code(type(value)), state, context, value)
    if isinstance(node, Node):
        node.temporary = True
        node.attributes = False
    return node


def _compiled(value: Any, context: Context) -> Node:
    """Take a compiled module for the module: how it is run is up to each process."""
    head = b"X" + context.type_code(type(value))
    return Node(head, (value._orig_mod,), silent_label)  # noqa: SLF001 - no public way


def _script(value: Any, context: Context) -> Node:
    """Take a scripted module for the code of all its modules, their flags, parameters and buffers."""
    inner = [(name, str(part.inlined_graph), part.training) for name, part in value.named_modules()]
    tensors = [*value.named_parameters(), *value.named_buffers()]
    parts = (inner, [*map(list, tensors)])
    return Node(b"X" + context.type_code(type(value)), parts, attribute_label(("code", "")), temporary=True)


def _storage(value: Any, context: Context) -> Node:
    """Take a storage for its bytes and the kind of device they are on."""
    empty = sys.modules["torch"].empty(0, dtype=sys.modules["torch"].uint8, device=value.device)
    return Node(b"X" + context.type_code(type(value)), (empty.set_(value),), silent_label, temporary=True)


def _optimizer(value: Any, context: Context) -> Node:
    """Take an optimizer for its class, defaults, groups and the state of each parameter, in order."""
    parameters = [parameter for group in value.param_groups for parameter in group["params"]]
    state = [dict(value.state[parameter]) if parameter in value.state else None for parameter in parameters]
    parts = (value.defaults, value.param_groups, state)
    labels = attribute_label(("defaults", "param_groups", "state"))
    return Node(b"X" + context.type_code(type(value)), parts, labels, temporary=True)


def _generator(value: Any, context: Context) -> bytes | Node:
    """Take a generator for its state; that of the process is the stream which a run is observed to draw from."""
    if value is sys.modules["torch"].default_generator:
        return named("stream", b"torch")
    head = b"X" + context.type_code(type(value)) + LEAVES[str](value.device.type)
    return Node(head, (value.get_state(),), silent_label, temporary=True)


def _shown(value: Any, _context: Context) -> bytes:
    return named(f"torch.{type(value).__name__}", str(value).encode())


def _device(value: Any, _context: Context) -> bytes:
    return named("torch.device", str(value).encode())


TORCH_RULES: dict[str, Rule] = {
    "torch.Tensor": _tensor,
    "torch.nn.Module": _module,
    "torch._dynamo.eval_frame.OptimizedModule": _compiled,
    "torch.jit.ScriptModule": _script,
    "torch.UntypedStorage": _storage,
    "torch.finfo": _shown,
    "torch.iinfo": _shown,
    "torch.optim.Optimizer": _optimizer,
    "torch.Generator": _generator,
    "torch.dtype": _shown,
    "torch.layout": _shown,
    "torch.memory_format": _shown,
    "torch.device": _device,
}
"""Rules by the name of a class; torch is never imported, only used where the user has it."""
