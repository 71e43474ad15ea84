"""Prints the digest of one sector: `python print_digest.py PRESET SEED SECTOR PATIENTS`. Tests run
it in processes of their own.
"""

import sys

from shared.records.digest import sector_digest
from shared.scenarios import load_preset
from shared.simulation import simulate


def main(preset: str, seed: str, sector: str, patients: str) -> None:
    output = simulate(load_preset(preset), int(seed), int(sector), int(patients))
    sys.stdout.write(sector_digest(output.patients, output.result).hex())


if __name__ == "__main__":
    main(*sys.argv[1:])
