"""All inner loops of the encoders."""

from shared.encoders import render_kernel
from shared.encoders.parquet import page_kernel


def compile_kernels() -> None:
    """Compile them into their cache, or load them from there; set-up calls it once."""
    render_kernel.compile_kernels()
    page_kernel.compile_kernels()
