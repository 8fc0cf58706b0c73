"""Prints what the container was made of."""

import os
import sys
from importlib.metadata import version


def main() -> None:
    role = os.environ.get("SERVICE_TYPE", "api-gateway")
    python = ".".join(map(str, sys.version_info[:2]))
    print(f"pybackend {version('pybackend')} as {role} on Python {python}")


if __name__ == "__main__":
    main()
