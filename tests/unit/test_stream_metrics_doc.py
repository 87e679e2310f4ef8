from stream import metrics_doc
from stream.metrics import DEFINITIONS


def test_the_reference_is_the_list() -> None:
    assert metrics_doc.PLACE.read_text() == metrics_doc.text(), "run `make metrics-doc`"


def test_every_metric_is_in_it_with_its_meaning() -> None:
    lines = metrics_doc.text().splitlines()
    for definition in DEFINITIONS:
        (line,) = [line for line in lines if line.startswith(f"| `weir_{definition.name}` |")]
        assert definition.meaning in line
