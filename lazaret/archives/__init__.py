"""Archives of exported files: a ZIP with a manifest, and the container that encrypts it."""
