"""The gateway behind its own certificate."""

import asyncio
import datetime as dt
import os
import ssl
from collections.abc import AsyncIterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.gateway.app import create_app
from services.gateway.config import GatewayConfig
from services.gateway.context import Gateway
from services.gateway.http.server import HttpServer
from shared.errors import Invalid
from tests.secrets_of_tests import SECRET_VARIABLES

TODAY = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)


def write_pair(folder: Path, name: str) -> x509.Certificate:
    """Write a self-signed certificate for the loopback address and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(TODAY - DAY)
        .not_valid_after(TODAY + DAY)
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "key.pem").write_bytes(private)
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return certificate


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """The folder of a certificate and its key."""
    write_pair(tmp_path, "first")
    return tmp_path


@pytest.fixture
def settings(pair: Path) -> dict[str, Any]:
    """Listen with the pair."""
    return {
        "http_tls_certificate": str(pair / "certificate.pem"),
        "http_tls_key": str(pair / "key.pem"),
    }


@pytest.fixture
async def server(gateway: Gateway, config: GatewayConfig) -> AsyncIterator[HttpServer]:
    """A listening gateway."""
    opened = await HttpServer.open(create_app(gateway), config)
    yield opened
    await opened.close()


async def presented(port: int) -> bytes:
    """The certificate that a new connection is shown."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    certificate: bytes = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return certificate


async def test_it_answers_behind_its_certificate(server: HttpServer, pair: Path) -> None:
    """A client that trusts the certificate is served; plain HTTP and
    ciphers without authentication are not.
    """
    trusting = ssl.create_default_context(cafile=str(pair / "certificate.pem"))
    async with httpx.AsyncClient(verify=trusting) as client:
        answer = await client.get(f"https://127.0.0.1:{server.port}/health/live")
    assert answer.status_code == 200
    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(f"http://127.0.0.1:{server.port}/health/live")
    old = ssl.create_default_context(cafile=str(pair / "certificate.pem"))
    old.set_ciphers("ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0")
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await asyncio.open_connection("127.0.0.1", server.port, ssl=old)


async def test_a_renewed_certificate_is_taken_without_a_restart(
    server: HttpServer, pair: Path, logs: list[dict[str, Any]]
) -> None:
    """New connections are shown it; a broken file leaves the present one in place."""
    assert server.certificate is not None
    before = await presented(server.port)
    renewed = write_pair(pair, "second").public_bytes(serialization.Encoding.DER)
    _touch(pair, 10)
    server.certificate.look()
    assert before != await presented(server.port) == renewed
    (pair / "key.pem").write_text("no key")
    _touch(pair, 20)
    server.certificate.look()
    assert await presented(server.port) == renewed
    assert any(entry["event"] == "certificate not taken" for entry in logs)


def _touch(folder: Path, seconds: float) -> None:
    later = TODAY.timestamp() + seconds
    for name in ("key.pem", "certificate.pem"):
        os.utime(folder / name, (later, later))


def test_half_a_pair_is_refused(pair: Path) -> None:
    """At the start, naming what is missing."""
    servers = {"LAZARET_DATABASE_URL": "postgresql://x", "LAZARET_BROKER_URL": "amqp://x"}
    half = {"LAZARET_HTTP_TLS_CERTIFICATE": str(pair / "certificate.pem")}
    with pytest.raises(Invalid, match="http_tls_key"):
        GatewayConfig.load(servers | SECRET_VARIABLES | half)
