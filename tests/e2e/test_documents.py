"""Every command that the documents show exists in the binary."""

import re
import subprocess

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
