"""Wants the network."""

from __future__ import annotations

import socket


def main() -> None:
    socket.create_connection(("127.0.0.1", 80), 1)


if __name__ == "__main__":
    main()
