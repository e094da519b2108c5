"""The smallest flow graph that behaves alike, as bytes.

The compiler copies blocks, threads jumps and orders code by where lines break. So straight runs are joined
into blocks whatever jumps lie between them, blocks that leave the code are given to each that leads to them,
blocks that do the same and lead to the same are merged, and the graph is written in the order in which a
walk from its start meets it: how the source was formatted no longer shows.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["minimised"]

Edges = Sequence[tuple[int, ...]]
Contents = Sequence[list[tuple[bytes, int]]]


def minimised(contents: Contents, flow: Edges, start: int) -> bytes:
    """Return the minimised graph in canonical order.

    Args:
        contents: what each state does, in pieces, each with the state that an exception in it leads to; -1 for none.
        flow: for each state, the states that may follow, the order of which has a meaning.
        start: the state to begin with.
    """
    texts, edges = _blocks(contents, flow, start)
    merged = _merge(texts, edges)
    number: dict[int, int] = {merged[0]: 0}
    stack, out = [0], []
    while stack:
        block = stack.pop()
        line = [texts[block]]
        fresh = []
        for other in edges[block]:
            known = number.get(merged[other])
            if known is None:
                known = number[merged[other]] = len(number)
                fresh.append(other)
            line.append(b"%d" % known)
        fresh.reverse()
        stack += fresh
        out.append(b">".join(line))
    return b"%d\n" % len(out) + b"\n".join(out)


def _blocks(contents: Contents, flow: Edges, start: int) -> tuple[list[bytes], list[tuple[int, ...]]]:
    """Return texts and edges of the blocks that can be reached, the first of which begins at `start`."""
    joins = _joins(contents, flow, start)
    block_of: dict[int, int] = {start: 0}
    heads = [start]
    texts: list[bytes] = []
    edges: list[tuple[int, ...]] = []

    def block(state: int) -> int:
        number = block_of.get(state)
        if number is None:
            number = block_of[state] = len(heads)
            heads.append(state)
        return number

    for head in heads:
        state = head
        text: list[bytes] = []
        out: list[int] = []
        while True:
            for piece, handling in contents[state]:
                if handling < 0:
                    text.append(piece)
                    continue
                handler = block(handling)
                if handler not in out:
                    out.append(handler)
                text.append(piece + b"!%d" % out.index(handler))
            following = flow[state]
            if len(following) != 1 or not joins[following[0]]:
                break
            state = following[0]
        out.extend([block(other) for other in following])
        texts.append(b"\n".join(text))
        edges.append(tuple(out))
    return texts, edges


def _joins(contents: Contents, flow: Edges, start: int) -> list[bool]:
    """Return whether each state goes into the block of the one before: none other leads there, or it leads out."""
    ways = [0] * len(flow)
    ways[start] = 2
    waiting = [start]
    while waiting:
        state = waiting.pop()
        following = flow[state]
        weight = 1 if len(following) == 1 else 2
        for other in following:
            if not ways[other]:
                waiting.append(other)
            ways[other] += weight
        for _, handler in contents[state]:
            if handler >= 0:
                if not ways[handler]:
                    waiting.append(handler)
                ways[handler] = 2
    return [way == 1 or out for way, out in zip(ways, _leaving(contents, flow), strict=True)]


def _leaving(contents: Contents, flow: Edges) -> list[bool]:
    """Return whether each state leads straight out of the code, past no branch and under no handler."""
    leaving = [False] * len(flow)
    for state in range(len(flow) - 1, -1, -1):
        following = flow[state]
        if following and (len(following) > 1 or following[0] <= state or not leaving[following[0]]):
            continue
        leaving[state] = all(handler < 0 for _, handler in contents[state])
    return leaving


def _merge(texts: Sequence[bytes], edges: Edges) -> list[int]:
    """Return a number for each block, the same for blocks that behave alike."""
    if len(set(texts)) == len(texts):
        return list(range(len(texts)))
    merged = [-1] * len(texts)
    known: dict[tuple[object, ...], int] = {}
    for component in _components(edges):
        if len(component) == 1 and component[0] not in edges[component[0]]:
            block = component[0]
            key = (texts[block], *[merged[other] for other in edges[block]])
            merged[block] = known.setdefault(key, len(known))
        else:
            _merge_cycle(component, texts, edges, merged, known)
    return merged


def _merge_cycle(
    component: list[int],
    texts: Sequence[bytes],
    edges: Edges,
    merged: list[int],
    known: dict[tuple[object, ...], int],
) -> None:
    """Number the blocks of a loop: all that have one text are alike until what follows tells them apart."""
    inside = set(component)
    group = dict.fromkeys(component, 0)
    count = 0
    while True:
        names: dict[tuple[object, ...], int] = {}
        fresh = {}
        for block in component:
            following = [(-1, group[other]) if other in inside else (merged[other], 0) for other in edges[block]]
            fresh[block] = names.setdefault((texts[block], group[block], *following), len(names))
        group = fresh
        if len(names) == count:
            break
        count = len(names)
    base = len(known)
    for number in range(count):
        known["loop", base, number] = base + number
    for block in component:
        merged[block] = base + group[block]


def _components(edges: Edges) -> list[list[int]]:
    """Return the strongly connected components, each after all that it leads to (Tarjan, without recursion)."""
    if len(edges) == 1:
        return [[0]]
    order = [0] * len(edges)
    low = [0] * len(edges)
    waiting: list[int] = []
    closed = [False] * len(edges)
    out: list[list[int]] = []
    counter = 0
    work = [(0, 0)]
    while work:
        block, step = work.pop()
        if step == 0:
            counter += 1
            order[block] = low[block] = counter
            waiting.append(block)
        else:
            low[block] = min(low[block], low[edges[block][step - 1]])
        following = edges[block]
        while step < len(following):
            other = following[step]
            step += 1
            if not order[other]:
                work.append((block, step))
                work.append((other, 0))
                break
            if not closed[other]:
                low[block] = min(low[block], order[other])
        else:
            if low[block] == order[block]:
                place = waiting.index(block)
                component = waiting[place:]
                del waiting[place:]
                for other in component:
                    closed[other] = True
                out.append(component)
    return out
