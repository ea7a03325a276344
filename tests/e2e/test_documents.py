"""What the documents and examples show works: commands exist, configurations are good."""

import re
import subprocess

import pytest

from conftest import BINARY, ROOT


def test_every_handover_command_in_the_documents_exists():
    known = subprocess.run([BINARY, "--help"], capture_output=True, text=True, check=True).stdout
    commands = set(re.findall(r"^  ([a-z][a-z-]*)", known, flags=re.MULTILINE))
    assert "serve" in commands, known
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("**/*.md")]:
        # In code only, and only where a command would be typed.
        text = document.read_text()
        code = re.findall(r"`(handover [a-z][^`]*)`", text)
        code += re.findall(r"^\$? ?(?:target/release/)?(handover [a-z].*)$", text, flags=re.MULTILINE)
        for line in code:
            assert line.split()[1] in commands, f"{document.name}: {line}"


def check(file) -> subprocess.CompletedProcess:
    return subprocess.run([BINARY, "check", "--offline", str(file)], capture_output=True, text=True, cwd=file.parent)


def test_every_configuration_in_the_readme_is_a_good_one(tmp_path):
    blocks = re.findall(r"^```toml\n(.*?)^```", (ROOT / "README.md").read_text(), flags=re.MULTILINE | re.DOTALL)
    assert blocks
    for number, block in enumerate(blocks):
        file = tmp_path / f"readme-{number}.toml"
        file.write_text(block)
        done = check(file)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("*.toml")), ids=lambda file: file.name)
def test_every_example_is_a_good_configuration(example):
    done = check(example)
    assert done.returncode == 0, done.stdout + done.stderr
