"""What a load run is, as its workers get it: they must judge by what the master judges by."""

import pytest

from generations_contract.api import schema_files
from generations_contract.api.usage import UsageError
from generations_load.plan.setup import Setup


def test_worker_with_other_schemas_refuses() -> None:
    """Schemas are named by their digest, which travels with the setup; another one is told with its remedy."""
    setup = Setup(profile="http://a.example", schemas=schema_files.version().digest)
    Setup.parse(setup.dump()).check_schemas()
    other = Setup.parse(Setup(profile="http://a.example", schemas="0" * 12).dump())
    with pytest.raises(
        UsageError, match=r"judges by other schemas than the master, the suite's own \(sha256 \w{12}\)"
    ):
        other.check_schemas()
