"""How many faults: a few in `make test`, all of them with several seeds in `make test-faults`."""

from collections.abc import Iterator

import pytest

from stream.embedded.guard import Guard
from tests.apache_kafka import skip_without_kafka
from tests.faults.kinds import KINDS
from tests.faults.system import Ground


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "kind" in metafunc.fixturenames:
        seeds: int = metafunc.config.getoption("--fault-seeds")
        kinds = [kind for kind in KINDS if seeds or kind.brief]
        metafunc.parametrize("kind", kinds, ids=[kind.name for kind in kinds])
        metafunc.parametrize("seed", range(max(1, seeds)))


@pytest.fixture(scope="session")
def ground(guard: Guard, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """Give the servers that stay from one scenario to the next."""
    skip_without_kafka()
    with Ground(tmp_path_factory.mktemp("ground"), guard).standing() as ground:
        yield ground
