"""What importing the config costs."""

import subprocess
import sys


def test_the_yaml_library_is_imported_with_the_first_file() -> None:
    script = """
import sys
from llama_stack.core.config import load_config, load_text
load_config({"providers": {}}, env={})
assert not [name for name in sys.modules if name.startswith("ruamel")]
load_text("providers: {}", name="run.yaml", env={})
assert "ruamel.yaml" in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], check=True)
