"""Entra ID: metadata, sign-in, consent and tokens."""
