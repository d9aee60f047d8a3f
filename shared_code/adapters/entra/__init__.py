"""Entra: app-only tokens of any tenant, admin consent, and the sign-in that proves who consented."""
