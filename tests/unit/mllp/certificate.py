"""A receiver's certificate that nobody knows but who is told."""

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

ADDRESS = ipaddress.ip_address("127.0.0.1")


def self_signed(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """The receiver's side, and the file that a sender may trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "receiver")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1)
    )
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ADDRESS)])
    authority = x509.BasicConstraints(ca=True, path_length=None)
    usage = x509.KeyUsage(*([True] + [False] * 4 + [True] + [False] * 3))
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    for extension, critical in (
        (alternative, False),
        (authority, True),
        (usage, True),
        (identifier, False),
    ):
        builder = builder.add_extension(extension, critical=critical)
    certificate, secret = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, secret)
    return context, certificate
