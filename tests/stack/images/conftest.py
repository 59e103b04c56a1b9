"""What the tests of all images use."""

import os
import subprocess

import pytest


@pytest.fixture(scope="session")
def output_of():
    """Runs a program in a fresh container of the tested image, and gives what it prints."""
    image = os.environ["TEST_IMAGE"]

    def output_of(program, *arguments):
        command = ["docker", "run", "--rm", "--entrypoint", program, image, *arguments]
        finished = subprocess.run(command, capture_output=True, text=True, check=False)
        assert finished.returncode == 0, f"{program} in {image}: {finished.stderr}"
        return finished.stdout

    return output_of
