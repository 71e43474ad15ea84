"""A client for Lazaret's HTTP interface, for ordinary code (`Client`) and for asyncio
(`AsyncClient`).

with Client("http://127.0.0.1:8080", api_key) as client:
    job = client.submit_job({"preset": "teaching-20", "count": 20}).job
"""

from lazaret.client.async_client import AsyncClient, AsyncExportStream
from lazaret.client.documents import ExportHead, ExportRange, Job, Page, Preset, Submitted, Summary
from lazaret.client.download import Download
from lazaret.client.errors import ApiError, ClientError, FieldProblem, Unreachable
from lazaret.client.sync_client import Client, ExportStream

__all__ = [
    "ApiError",
    "AsyncClient",
    "AsyncExportStream",
    "Client",
    "ClientError",
    "Download",
    "ExportHead",
    "ExportRange",
    "ExportStream",
    "FieldProblem",
    "Job",
    "Page",
    "Preset",
    "Submitted",
    "Summary",
    "Unreachable",
]
