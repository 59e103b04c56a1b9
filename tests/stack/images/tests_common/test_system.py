"""What is true of every image."""


def test_the_system_is_debian(output_of):
    assert "ID=debian" in output_of("cat", "/etc/os-release").splitlines()


def test_no_package_lists_are_left(output_of):
    assert output_of("ls", "-A", "/var/cache/apt", "/var/lib/apt/lists").split() == ["/var/cache/apt:", "/var/lib/apt/lists:"]
