"""For all parts: what is imported for the tests stays, so the collector of cycles need not go through it again."""

import gc


def pytest_collection_finish() -> None:
    """A tenth of the time of what makes many small values, such as the simulation, went into looking for garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
