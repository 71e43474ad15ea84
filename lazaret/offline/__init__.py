"""The offline mode: the whole simulation in local processes, into files, without any server."""
