"""Invented secrets, as settings and as variables."""

SECRETS = {"key_pepper": "pepper-" * 6, "audit_key": "audit-key-" * 4}
SECRET_VARIABLES = {f"LAZARET_{name.upper()}": value for name, value in SECRETS.items()}
