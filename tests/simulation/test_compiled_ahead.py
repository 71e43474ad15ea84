import subprocess
import sys

# In a process of its own: in this one, other tests have compiled what they needed.
SCRIPT = """
import sys
from shared.simulation import compile_kernels, simulate
from shared.scenarios import list_presets, load_preset

def compiled():
    modules = [
        module for name, module in sys.modules.items() if name.startswith("shared.simulation")
    ]
    entries = {id(value): value for module in modules for value in vars(module).values() if hasattr(value, "stats")}
    return {value.__qualname__: len(value.overloads) for value in entries.values() if value.stats.cache_path}

compile_kernels()
before = compiled()
for preset in list_presets():
    simulate(load_preset(preset.name), 1, 0, 300)
after = compiled()
assert before, "the entries are found"
print(sorted(name for name in after if after[name] != before[name]))
"""


def test_set_up_compiles_whatever_a_preset_needs() -> None:
    """An image's file system is read-only: what is compiled there later cannot be kept, and the
    simulation would end.
    """
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr
