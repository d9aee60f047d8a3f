"""The local stack's Microsoft administrator, without a browser: opens a link, consents, signs in, confirms.

    python -m examples.consent LINK

For a running ``make serve`` only. A real administrator, at a real Microsoft page, is a person with a browser.
"""

import argparse
import json
import ssl
from contextlib import closing
from pathlib import Path

from local.demo.administrator import Person
from local.example_tenant import ADMINISTRATOR


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Goes through an activation link as the example tenant's administrator."
    )
    parser.add_argument("link")
    parser.add_argument("--account", default=ADMINISTRATOR, help="who signs in at the stand-in")
    options = parser.parse_args()
    served = json.loads(Path(".local/serve.json").read_text())
    trust = ssl.create_default_context(cafile=served["ca_file"])
    with closing(Person(trust, options.account)) as person:
        print(person.connect(options.link).title)


if __name__ == "__main__":
    main()
