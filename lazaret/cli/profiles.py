"""The option --profile, which two commands have."""

from lazaret.cli import EXIT_USAGE, Failure
from shared.encoders.formats import FORMATS


def check_profile(format_name: str, profile: str | None) -> None:
    """Refuse a pack of profiles that the format does not have."""
    known = FORMATS[format_name].profiles
    if profile is not None and profile not in known:
        choice = (
            f"must be one of {', '.join(known)}"
            if known
            else f"the format {format_name} has no profiles"
        )
        raise Failure(f"--profile: {choice}, not {profile!r}", EXIT_USAGE)
