"""Images and the compose stack."""
