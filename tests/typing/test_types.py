"""What type checkers see of the public face: mypy checks this file with the sources, pyright in `make check-pyright`.

pytest runs it as well, so that what is written here is also true.
"""

from __future__ import annotations

import asyncio
import functools
from pathlib import Path
from typing import Any, TypeVar, assert_type, get_type_hints, overload

import pytest

from Lutil.checkpoints import Explanation, File, InlineCheckpoint, Memory, Store, checkpoint, configure

T = TypeVar("T")


@checkpoint
def scale(values: list[float], by: float = 2.0, *, shift: int = 0) -> list[float]:
    return [value * by + shift for value in values]


@checkpoint(ignore=["n_jobs"], expires="1d", watch=[File("pyproject.toml")], version=3)
def count(words: str, n_jobs: int = 1) -> int:
    return len(words.split())


@checkpoint
async def fetch(number: int) -> str:
    await asyncio.sleep(0)
    return str(number)


@checkpoint
def first(items: list[T]) -> T:
    return items[0]


class Model:
    def __init__(self, slope: float) -> None:
        self.slope = slope

    @checkpoint
    def predict(self, x: float) -> float:
        return self.slope * x

    @staticmethod
    @checkpoint
    def half(x: float) -> float:
        return x / 2


def test_checkpointed_function_keeps_its_signature() -> None:
    assert_type(scale([1.0], 3.0, shift=1), list[float])
    assert_type(scale([1.0], by=3.0, __recompute__=True), list[float])
    assert_type(scale.__wrapped__([1.0]), list[float])
    with pytest.raises(TypeError):
        scale([1.0], shfit=1)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    with pytest.raises(TypeError):
        scale()  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]


def test_questions_take_the_arguments_of_a_call() -> None:
    assert_type(scale.is_cached([1.0]), bool)
    assert_type(scale.explain([1.0], 2.0), Explanation)
    assert_type(scale.forget([1.0]), bool)
    assert_type(scale.clear(), int)
    with pytest.raises(TypeError):
        scale.is_cached()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def test_checkpoint_with_options_keeps_the_signature(tmp_path: Path) -> None:
    Path("pyproject.toml").write_text("", encoding="utf-8")
    assert_type(count("a b", n_jobs=2), int)
    with pytest.raises(TypeError):
        checkpoint(ignored=["n_jobs"])  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]


def test_checkpointed_coroutine_function_is_awaited() -> None:
    async def use() -> None:
        assert_type(await fetch(3), str)

    asyncio.run(use())


def test_checkpointed_method_binds_its_instance() -> None:
    model = Model(2.0)
    assert_type(model.predict(3.0), float)
    assert_type(model.predict.is_cached(3.0), bool)
    assert_type(Model.predict(model, 3.0), float)
    assert_type(Model.half(3.0), float)


def test_checkpointed_callable_can_be_passed_on() -> None:
    def apply(function: Any, value: float) -> Any:
        return function(value)

    assert_type(list(map(checkpoint(abs), [-1.0])), list[float])
    assert_type(checkpoint(functools.partial(scale.__wrapped__, [1.0]))(), list[float])
    assert apply(Model(2.0).predict, 3.0) == 6.0


def test_names_of_a_block_are_bound_below_it() -> None:
    values = [3.0, 1.0]
    with InlineCheckpoint(watch=["values"], produce=["largest"]) as block:
        largest = max(values)

    assert_type(largest, float)
    assert_type(block.hit, bool)
    assert_type(block.explain(), Explanation)
    assert_type(block.watch, tuple[str, ...])
    assert_type(block.produce, tuple[str, ...])


def returns_from_below_a_block(values: list[float]) -> float:
    with InlineCheckpoint():
        total = sum(values)
    return total  # noqa: RET504  (that it is bound here is what is tested)


def test_exit_of_a_block_is_not_said_to_swallow_exceptions() -> None:
    """With `bool`, pyright takes each name of a block for possibly unbound below it."""
    assert get_type_hints(InlineCheckpoint.__exit__)["return"] == bool | None


def test_function_may_end_with_a_block() -> None:
    assert_type(returns_from_below_a_block([1.0, 2.0]), float)


def test_settings_and_store(tmp_path: Path) -> None:
    configure(store=tmp_path, libraries={"numpy": "minor"})
    assert_type(Store(tmp_path).delete(), int)


def test_memory_keeps_the_signature() -> None:
    memory = Memory("kept", verbose=0)

    @memory.cache
    def half(x: float) -> float:
        return x / 2

    @memory.cache(ignore=["n_jobs"], verbose=0)
    def double(x: float, n_jobs: int = 1) -> float:
        return x * 2

    assert_type(half(3.0), float)
    assert_type(double(3.0, n_jobs=4), float)
    assert_type(memory.cache(len)("ab"), int)
    assert_type(memory.eval(half.func, 3.0), float)
    assert_type(half.check_call_in_cache(3.0), bool)
    assert_type(half.call(3.0), tuple[float, dict[str, Any]])
    assert_type(half.call_and_shelve(3.0).get(), float)
    assert_type(half.ignore, list[str])
    with pytest.raises(TypeError):
        half()  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]


def test_memory_of_a_coroutine_function_is_awaited() -> None:
    @Memory("kept", verbose=0).cache(ignore=[])
    async def late(x: int) -> str:
        return str(x)

    async def use() -> None:
        assert_type(await late(1), str)
        assert_type(await late.call(1), tuple[str, dict[str, Any]])
        assert_type((await late.call_and_shelve(1)).get(), str)

    asyncio.run(use())


def test_generic_function_keeps_its_type_variable() -> None:
    @Memory("kept", verbose=0).cache
    def last(items: list[T]) -> T:
        return items[-1]

    assert_type(first([1, 2]), int)
    assert_type(last(["a"]), str)


def test_overloaded_function_keeps_its_overloads() -> None:
    @overload
    def double(x: int) -> int: ...
    @overload
    def double(x: str) -> str: ...
    @checkpoint
    def double(x: Any) -> Any:
        return x * 2

    assert_type(double(1), int)
    assert_type(double("a"), str)
