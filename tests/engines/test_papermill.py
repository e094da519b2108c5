"""papermill: parameters count, and a notebook that is run twice skips."""

from __future__ import annotations

import nbformat
import pytest

papermill = pytest.importorskip("papermill")

CELLS = [
    "from Lutil.checkpoints import InlineCheckpoint, checkpoint\nfrom work import ran",
    "@checkpoint\ndef double(x):\n    return 2 * ran(x)",
    "doubled = double(alpha)",
    "with InlineCheckpoint() as cp:\n    named = [ran(name)] * alpha",
    "print(doubled, named, cp.hit)",
]


@pytest.fixture
def run(own_folder):
    """Run the notebook with parameters; return what it printed, and what ran."""
    (own_folder / "work.py").write_text(
        "def ran(x):\n    with open('ran.log', 'a') as file:\n        print(x, end=' ', file=file)\n    return x\n"
    )
    parameters = nbformat.v4.new_code_cell("alpha = 1\nname = 'a'", metadata={"tags": ["parameters"]})
    cells = [parameters, *(nbformat.v4.new_code_cell(text) for text in CELLS)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), "notebook.ipynb")

    def run(**parameters):
        log = own_folder / "ran.log"
        log.write_text("")
        found = papermill.execute_notebook("notebook.ipynb", "out.ipynb", parameters, progress_bar=False)
        printed = [output.text for output in found.cells[-1].outputs if output.output_type == "stream"]
        return "".join(printed).strip(), log.read_text().strip()

    return run


@pytest.mark.filterwarnings("ignore")
def test_parameters_count_and_a_notebook_that_is_run_twice_skips(run):
    assert run() == ("2 ['a'] False", "1 a")
    assert run() == ("2 ['a'] True", "")
    assert run(alpha=2) == ("4 ['a', 'a'] False", "2 a")
    assert run(alpha=2, name="b") == ("4 ['b', 'b'] False", "b")
    assert run(alpha=2) == ("4 ['a', 'a'] True", "")
    assert run(alpha=1, name="a") == ("2 ['a'] True", "")
