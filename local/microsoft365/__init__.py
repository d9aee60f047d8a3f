"""The stand-in for Microsoft: Entra ID and Graph on one machine (see COVERAGE.md and CONTROL.md)."""
