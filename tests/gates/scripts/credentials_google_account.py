"""A service account of Google with its private key."""

from __future__ import annotations

ACCOUNT = """{"type": "service_account", "private_key": "-----BEGIN PRIVATE KEY-----\\n@MII:40@"}"""


def main() -> None:
    print("hello")


if __name__ == "__main__":
    main()
