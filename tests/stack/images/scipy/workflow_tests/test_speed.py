"""Takes long, and is for a large machine."""

import mpmath


def test_many_digits():
    with mpmath.workdps(1_000_000):
        assert str(mpmath.pi).startswith("3.14159")
