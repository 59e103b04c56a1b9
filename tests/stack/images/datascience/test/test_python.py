"""The environment that the plan asks for, in this image and in those on it."""

import os


def test_packages_of_the_plan(output_of):
    modules = {"SPRING": "six", "AUTUMN": "six yaml"}[os.environ["KEG_PLAN"]].split()
    output_of("python3", "-c", "import " + ", ".join(modules))


def test_course(output_of):
    assert output_of("printenv", "COURSE") == "fixture\n"
