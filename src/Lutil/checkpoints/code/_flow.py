"""The smallest flow graph that behaves alike, as bytes.

The compiler copies blocks, threads jumps and orders code by where lines break. Instructions that do the
same and lead to the same are therefore merged, and the graph is written in the order in which a walk from
its start meets it: how the source was formatted no longer shows.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["minimised"]

Edges = Sequence[tuple[int, ...]]


def minimised(tokens: Sequence[bytes], edges: Edges, start: int) -> bytes:
    """Return the minimised graph in canonical order.

    Args:
        tokens: what each state does.
        edges: for each state, the states that may follow, the order of which has a meaning.
        start: the state to begin with.
    """
    merged = _merge(tokens, edges)
    number: dict[int, int] = {merged[start]: 0}
    stack, out = [start], []
    while stack:
        state = stack.pop()
        following = edges[state]
        line = [tokens[state]]
        fresh = []
        for other in following:
            known = number.get(merged[other])
            if known is None:
                known = number[merged[other]] = len(number)
                fresh.append(other)
            line.append(b"%d" % known)
        stack.extend(reversed(fresh))
        out.append(b">".join(line))
    return b"\n".join([b"%d:%d" % (len(tokens[start]), len(out)), *out])


def _merge(tokens: Sequence[bytes], edges: Edges) -> list[int]:
    """Return a number for each state, the same for states that behave alike."""
    merged = [-1] * len(tokens)
    known: dict[tuple[object, ...], int] = {}
    if all(other > state for state, following in enumerate(edges) for other in following):
        components: list[list[int]] = [[state] for state in range(len(tokens) - 1, -1, -1)]
    else:
        components = _components(edges)
    for component in components:
        if len(component) == 1 and component[0] not in edges[component[0]]:
            state = component[0]
            key = (tokens[state], *[merged[other] for other in edges[state]])
            merged[state] = known.setdefault(key, len(known))
        else:
            _merge_cycle(component, tokens, edges, merged, known)
    return merged


def _merge_cycle(
    component: list[int],
    tokens: Sequence[bytes],
    edges: Edges,
    merged: list[int],
    known: dict[tuple[object, ...], int],
) -> None:
    """Number the states of a loop: all that share a token are alike until what follows tells them apart."""
    inside = set(component)
    group = dict.fromkeys(component, 0)
    count = 0
    while True:
        names: dict[tuple[object, ...], int] = {}
        fresh = {}
        for state in component:
            following = [(-1, group[other]) if other in inside else (merged[other], 0) for other in edges[state]]
            key = (tokens[state], group[state], *following)
            fresh[state] = names.setdefault(key, len(names))
        group = fresh
        if len(names) == count:
            break
        count = len(names)
    base = len(known)
    for number in range(count):
        known[("loop", base, number)] = base + number
    for state in component:
        merged[state] = base + group[state]


def _components(edges: Edges) -> list[list[int]]:
    """Return the strongly connected components, each after all that it leads to (Tarjan, without recursion)."""
    order = [0] * len(edges)
    low = [0] * len(edges)
    waiting: list[int] = []
    on_stack = [False] * len(edges)
    out: list[list[int]] = []
    counter = 0
    for root in range(len(edges)):
        if order[root]:
            continue
        work = [(root, 0)]
        while work:
            state, step = work.pop()
            if step == 0:
                counter += 1
                order[state] = low[state] = counter
                waiting.append(state)
                on_stack[state] = True
            else:
                low[state] = min(low[state], low[edges[state][step - 1]])
            descend = -1
            following = edges[state]
            while step < len(following):
                other = following[step]
                step += 1
                if not order[other]:
                    descend = other
                    break
                if on_stack[other]:
                    low[state] = min(low[state], order[other])
            if descend >= 0:
                work.append((state, step))
                work.append((descend, 0))
            elif low[state] == order[state]:
                component = []
                while True:
                    other = waiting.pop()
                    on_stack[other] = False
                    component.append(other)
                    if other == state:
                        break
                out.append(component)
    return out
