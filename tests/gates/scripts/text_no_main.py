"""No entry point at all."""

from __future__ import annotations

print("hello")
