"""A Slack webhook."""

from __future__ import annotations

NOTIFY = "https://hooks.slack.com/services/@T0:8:upper@/@B0:8:upper@/@:24@"


def main() -> None:
    print("hello")


if __name__ == "__main__":
    main()
