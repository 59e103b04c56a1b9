"""That mpmath counts."""


def test_digits(output_of):
    program = "import mpmath; mpmath.mp.dps = 30; print(mpmath.pi)"
    assert output_of("python3", "-c", program) == "3.14159265358979323846264338328\n"
