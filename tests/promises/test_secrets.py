"""Secrets neither count nor appear: not in lines, not in explanations, not on disk."""

from __future__ import annotations

SOURCE = """
import os
from types import SimpleNamespace
from Lutil.checkpoints import checkpoint
API_KEY = "sk-global-111"
cfg = {"api_key": "sk-dict-222", "url": "here"}
space = SimpleNamespace(token="sk-space-333", url="here")
@checkpoint
def f(cfg, space, password="sk-default-444"):
    secret = "sk-literal-555"
    return os.environ["MY_TOKEN"][:0] + cfg["url"] + API_KEY[:0] + secret[:0]
print(f(cfg, space))
print(f.explain({**cfg, "api_key": "sk-dict-666"}, space).details())
print(f.explain({**cfg, "url": "there"}, space).details())
"""


def test_secrets_do_not_appear_anywhere(program):
    program.write(SOURCE)
    said = program.run(LUTIL_EXPLAIN="1", MY_TOKEN="sk-env-777") + program.errors  # noqa: S106  (that is the test)
    assert "'here' -> 'there'" in said
    assert "sk-" not in said
    stored = [path.read_bytes() for path in (program.folder / ".Lutil-checkpoint").rglob("*.entry")]
    assert stored
    assert not any(b"sk-" in data for data in stored)


def test_a_rotated_environment_key_does_not_recompute(program):
    program.write("""
        import os
        from Lutil.checkpoints import checkpoint
        @checkpoint
        def f(x):
            print("ran", end=" ")
            return x if os.environ["OPENAI_API_KEY"] else None
        print(f(1))
    """)
    assert program.run(OPENAI_API_KEY="a") == "ran 1\n"
    assert program.run(OPENAI_API_KEY="b") == "1\n"


def test_the_values_of_environment_variables_do_not_appear_either(program):
    program.write("""
        import os
        from Lutil.checkpoints import Env, InlineCheckpoint, checkpoint
        @checkpoint(watch=[Env("STAGE")])
        def f():
            return len(os.environ["PLACE"])
        f()
        with InlineCheckpoint():
            size = len(os.getenv("PLACE", ""))
        os.environ["PLACE"] = "elsewhere"
        os.environ["STAGE"] = "other"
        print(f.explain().details())
    """)
    said = program.run(PLACE="mine-111", STAGE="mine-222", LUTIL_EXPLAIN="1") + program.errors
    assert "environment STAGE changed" in said
    assert "environment os.environ['PLACE'] changed" in said
    stored = [path.read_bytes() for path in (program.folder / ".Lutil-checkpoint").rglob("*.entry")]
    assert len(stored) == 2
    assert not any(text in data for text in (b"mine-", b"elsewhere") for data in stored)
    assert "mine-" not in said
    assert "elsewhere" not in said
