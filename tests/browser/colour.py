"""How far apart colours are, to all and to people who see no red, green or blue.

Simulation: Machado, Oliveira and Fernandes (2009), complete dichromacy, in linear sRGB. Distance: CIEDE2000 (CIE 142).
"""

from __future__ import annotations

from math import atan2, cos, degrees, exp, hypot, radians, sin, sqrt

Triple = tuple[float, float, float]
Matrix = tuple[Triple, Triple, Triple]

IDENTITY: Matrix = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
VISION: dict[str, Matrix] = {
    "all": IDENTITY,
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
TO_XYZ: Matrix = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
WHITE: Triple = (0.95047, 1.0, 1.08883)


def multiply(matrix: Matrix, values: Triple) -> Triple:
    first, second, third = (sum(a * b for a, b in zip(row, values, strict=True)) for row in matrix)
    return (first, second, third)


def linear(rgb: Triple) -> Triple:
    """Bytes of sRGB as linear light."""
    first, second, third = (_light(value / 255) for value in rgb)
    return (first, second, third)


def _light(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def contrast(one: Triple, other: Triple) -> float:
    """The ratio of WCAG."""
    dark, light = sorted(multiply(TO_XYZ, linear(rgb))[1] for rgb in (one, other))
    return (light + 0.05) / (dark + 0.05)


def seen(rgb: Triple, vision: str) -> Triple:
    """L*a*b* of a colour as somebody sees it."""
    simulated = multiply(VISION[vision], linear(rgb))
    first, second, third = (min(1.0, max(0.0, value)) for value in simulated)
    x, y, z = (_root(a / b) for a, b in zip(multiply(TO_XYZ, (first, second, third)), WHITE, strict=True))
    return (116 * y - 16, 500 * (x - y), 200 * (y - z))


def _root(value: float) -> float:
    return value ** (1 / 3) if value > 216 / 24389 else (24389 / 27 * value + 16) / 116


def distance(one: Triple, other: Triple) -> float:
    """CIEDE2000 between two colours in L*a*b*."""
    mean_c = (hypot(*one[1:]) + hypot(*other[1:])) / 2
    stretch = 1.5 - 0.5 * sqrt(mean_c**7 / (mean_c**7 + 25**7))
    (c1, h1), (c2, h2) = (_polar(each, stretch) for each in (one, other))
    d_light, d_c, d_h = other[0] - one[0], c2 - c1, h2 - h1
    if c1 * c2 == 0:
        d_h = 0.0
    elif abs(d_h) > 180:
        d_h -= 360 if d_h > 0 else -360
    d_hue = 2 * sqrt(c1 * c2) * sin(radians(d_h / 2))
    light, c = (one[0] + other[0]) / 2, (c1 + c2) / 2
    h = h1 + h2 if c1 * c2 == 0 else _mean_hue(h1, h2)
    t = 1 - 0.17 * cos(radians(h - 30)) + 0.24 * cos(radians(2 * h))
    t += 0.32 * cos(radians(3 * h + 6)) - 0.2 * cos(radians(4 * h - 63))
    s_light = 1 + 0.015 * (light - 50) ** 2 / sqrt(20 + (light - 50) ** 2)
    s_c, s_h = 1 + 0.045 * c, 1 + 0.015 * c * t
    turn = -sin(radians(60 * exp(-(((h - 275) / 25) ** 2)))) * 2 * sqrt(c**7 / (c**7 + 25**7))
    parts = (d_light / s_light, d_c / s_c, d_hue / s_h)
    return sqrt(sum(part**2 for part in parts) + turn * parts[1] * parts[2])


def _polar(colour: Triple, stretch: float) -> tuple[float, float]:
    a = stretch * colour[1]
    return hypot(a, colour[2]), degrees(atan2(colour[2], a)) % 360


def _mean_hue(one: float, other: float) -> float:
    if abs(one - other) <= 180:
        return (one + other) / 2
    return (one + other + (360 if one + other < 360 else -360)) / 2
