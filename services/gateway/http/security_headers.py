"""What every response says to browsers and caches (the OWASP secure headers)."""

from aiohttp import web

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "accelerometer=(), camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Permitted-Cross-Domain-Policies": "none",
    "Server": "lazaret",
}


def add_security_headers(response: web.StreamResponse) -> None:
    """Set each header that the handler did not set itself."""
    response.headers.pop("Server", None)
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
