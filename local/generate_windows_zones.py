"""Writes `shared_code/core/windows_zones.py` from Unicode CLDR: `python -m local.generate_windows_zones`.

CLDR's data comes as the npm package cldr-core; each Windows zone gets the IANA zone of territory 001, "the world".
https://github.com/unicode-org/cldr-json (supplemental/windowsZones.json)
"""

import json
import subprocess
import sys
import tarfile
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

PACKAGE = "cldr-core@48.2.0"
TARGET = Path(__file__).parent.parent / "shared_code" / "core" / "windows_zones.py"
_HEADER = '''"""Windows time zone names and the IANA zones they stand for.

Made by `python -m local.generate_windows_zones` from {package} (Unicode CLDR, territory 001); do not edit.
"""

IANA_OF_WINDOWS = {{
'''


def main() -> None:
    with TemporaryDirectory() as directory:
        zones = read_zones(_fetch(Path(directory)))
    TARGET.write_text(render(zones))
    sys.stdout.write(f"{TARGET.name}: {len(zones)} zones\n")


def _fetch(directory: Path) -> Any:
    subprocess.run(["npm", "pack", PACKAGE, "--silent"], cwd=directory, check=True, stdout=subprocess.DEVNULL)
    with tarfile.open(next(directory.glob("*.tgz"))) as package:
        content = package.extractfile("package/supplemental/windowsZones.json")
        if content is None:
            raise FileNotFoundError(f"{PACKAGE} has no supplemental/windowsZones.json")
        return json.load(content)


def read_zones(content: Any) -> dict[str, str]:
    entries: Iterable[Any] = (entry["mapZone"] for entry in content["supplemental"]["windowsZones"]["mapTimezones"])
    return {entry["_other"]: entry["_type"] for entry in entries if entry["_territory"] == "001"}


def render(zones: dict[str, str]) -> str:
    lines = (f'    "{windows}": "{iana}",\n' for windows, iana in sorted(zones.items()))
    return _HEADER.format(package=PACKAGE) + "".join(lines) + "}\n"


if __name__ == "__main__":
    main()
