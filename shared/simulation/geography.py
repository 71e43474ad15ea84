"""Distances and places on the ground, without trigonometry of the machine's own."""

import numpy as np

KM_PER_DEGREE = 111.195
_RADIANS_PER_DEGREE = 0.017453292519943295


def cosine_of_degrees(angle: float) -> float:
    """Cosine of -90 to 90 degrees from its power series, error below 1e-12."""
    square = (angle * _RADIANS_PER_DEGREE) ** 2
    series = 1.0
    for term in range(20, 0, -2):
        series = 1.0 - square * series / (term * (term - 1))
    return series


def distance_km(here: tuple[float, float], there: tuple[float, float]) -> float:
    """Kilometres between two points (latitude, longitude in degrees) on a plane that touches
    between them; good to a few hundred km.
    """
    north = there[0] - here[0]
    east = (there[1] - here[1] + 180.0) % 360.0 - 180.0
    east *= cosine_of_degrees((here[0] + there[0]) / 2)
    return float(np.sqrt(north * north + east * east)) * KM_PER_DEGREE
