"""Assurance: what must never happen, measured, each with broken builds that the measurement must catch."""
