"""torch on a GPU: tensors count by the kind of device they are on, not by its number; content as anywhere."""

from __future__ import annotations

import copy

import pytest

from Lutil.checkpoints.testing.fingerprint import simple_digest

torch = pytest.importorskip("torch")

cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device is here")


def made(device, dtype="float32"):
    return torch.arange(12, device=device).reshape(3, 4).to(getattr(torch, dtype))


def test_a_process_stream_counts_by_its_name_and_a_generator_by_its_state():
    before = simple_digest(torch.default_generator)
    torch.rand(1)
    assert simple_digest(torch.default_generator) == before
    own = torch.Generator().manual_seed(1)
    first = simple_digest(own)
    torch.rand(1, generator=own)
    assert simple_digest(own) != first


@pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore:.*torch.jit:FutureWarning"
)  # people have scripted modules
def test_a_compiled_or_scripted_module_counts_by_its_content():
    def layer(seed):
        torch.manual_seed(seed)
        return torch.nn.Linear(2, 2)

    for wrap in (torch.compile, torch.jit.script):
        assert simple_digest(wrap(layer(1))) == simple_digest(wrap(layer(1)))
        assert simple_digest(wrap(layer(1))) != simple_digest(wrap(layer(2)))
        assert simple_digest(wrap(layer(1))) != simple_digest(layer(1))
        assert simple_digest(wrap(layer(1))) != simple_digest(wrap(layer(1)).eval())


@cuda
@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "int8", "bool", "complex64"])
def test_a_tensor_on_a_gpu_counts_by_content_and_kind_of_device(dtype):
    tensor = made("cuda", dtype)
    first = simple_digest(tensor)
    assert first == simple_digest(copy.deepcopy(tensor)) == simple_digest(tensor.t().contiguous().t())
    assert first != simple_digest(made("cpu", dtype))
    assert simple_digest(tensor.cpu()) == simple_digest(made("cpu", dtype))
    tensor[2, 3] = 0
    assert simple_digest(tensor) != first


@cuda
def test_the_number_of_a_gpu_does_not_count():
    if torch.cuda.device_count() < 2:
        pytest.skip("one CUDA device only")
    assert simple_digest(made("cuda:0")) == simple_digest(made("cuda:1"))


@cuda
def test_sparse_tensors_modules_and_optimizers_on_a_gpu_count_by_content():
    sparse = torch.eye(3, device="cuda").to_sparse()
    assert simple_digest(sparse) == simple_digest(torch.eye(3, device="cuda").to_sparse())
    assert simple_digest(sparse) != simple_digest(torch.eye(3).to_sparse())
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
    moved = copy.deepcopy(module).to("cuda")
    assert simple_digest(moved) == simple_digest(copy.deepcopy(moved)) != simple_digest(module)
    assert simple_digest(moved.to("cpu")) == simple_digest(module)
    one, other = (torch.optim.Adam(copy.deepcopy(module).to("cuda").parameters(), lr=0.1) for _ in range(2))
    assert simple_digest(one) == simple_digest(other)
    for parameter in other.param_groups[0]["params"]:
        parameter.grad = torch.ones_like(parameter)
    other.step()
    other.zero_grad()
    assert simple_digest(one) != simple_digest(other)


@cuda
def test_a_generator_on_a_gpu_counts_by_its_state_and_kind_of_device():
    def generator(seed):
        return torch.Generator(device="cuda").manual_seed(seed)

    assert simple_digest(generator(1)) == simple_digest(generator(1)) != simple_digest(generator(2))
    assert simple_digest(generator(1)) != simple_digest(torch.Generator().manual_seed(1))
