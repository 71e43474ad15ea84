"""Images for the proof, made of Debian alone."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from deploy.local.packages import install

RELEASE = "bookworm"
DEBIAN = f"lazaret-proof/debian:{RELEASE}"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
STAND_INS = Path(__file__).with_name("stand_ins")


def stand_in_images(folder: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """Build what is missing; returns the variables that put the stand-ins in the place of the
    official images.
    """
    if not _exists(DEBIAN, variables):
        _import_debian(folder, variables)
    context = folder / "stand_ins"
    shutil.copytree(STAND_INS, context, dirs_exist_ok=True)
    shutil.copyfile(CERTIFICATES, context / "certificates.crt")
    images = {name: f"lazaret-proof/{name}" for name in ("python", "postgres", "rabbitmq")}
    for name, image in images.items():
        _build(context, name, image, variables)
    return {
        "LAZARET_BASE_IMAGE": images["python"],
        "LAZARET_POSTGRES_IMAGE": images["postgres"],
        "LAZARET_RABBITMQ_IMAGE": images["rabbitmq"],
        "LAZARET_BUILD_NETWORK": "host",
    }


def _exists(image: str, variables: Mapping[str, str]) -> bool:
    return (
        subprocess.run(
            ["docker", "image", "inspect", image], env=variables, capture_output=True, check=False
        ).returncode
        == 0
    )


def _import_debian(folder: Path, variables: Mapping[str, str]) -> None:
    if shutil.which("debootstrap") is None:
        install(["debootstrap"])
    root = folder / RELEASE
    subprocess.run(
        ["debootstrap", "--variant=minbase", RELEASE, str(root)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    archive = folder / f"{RELEASE}.tar"
    subprocess.run(
        ["tar", "--directory", str(root), "--create", "--file", str(archive), "."], check=True
    )
    subprocess.run(
        ["docker", "import", str(archive), DEBIAN],
        env=variables,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    shutil.rmtree(root)
    archive.unlink()


def _build(context: Path, target: str, image: str, variables: Mapping[str, str]) -> None:
    options = (
        f"--network host --build-arg DEBIAN_IMAGE={DEBIAN} --target {target} --tag {image}".split()
    )
    subprocess.run(
        ["docker", "build", "--quiet", *options, str(context)],
        env=variables,
        check=True,
        stdout=subprocess.DEVNULL,
    )
